import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { AttituneError } from '../model/errors.js';

/**
 * Names the process that has a store, for the message to one who is refused. It is not the lock: that is SQLite's own on
 * the database, which the kernel gives back when its process ends, however it ends.
 */
export class OwnerFile {
  readonly #file: string;

  constructor(private readonly store: string) {
    this.#file = `${store}-owner`;
  }

  write(): void {
    writeFileSync(this.#file, `${JSON.stringify({ pid: process.pid, since: new Date().toISOString() })}\n`);
  }

  remove(): void {
    rmSync(this.#file, { force: true });
  }

  refusal(cause: unknown): AttituneError {
    const owner = this.#read();
    const who = owner ? `process ${owner.pid} since ${owner.since}` : 'another process';
    return new AttituneError(
      'store',
      `${this.store} is in use by ${who}: two managers never share a store. Wait until it ends, end it, or name another folder with --state.`,
      { cause, details: { file: this.store, ...(owner ? { pid: owner.pid } : {}) } },
    );
  }

  #read(): { readonly pid: number; readonly since: string } | undefined {
    try {
      const { pid, since } = JSON.parse(readFileSync(this.#file, 'utf8')) as { pid?: unknown; since?: unknown };
      return typeof pid === 'number' && typeof since === 'string' ? { pid, since } : undefined;
    } catch {
      // only the message becomes less exact
      return undefined;
    }
  }
}
