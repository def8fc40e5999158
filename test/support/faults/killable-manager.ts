import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import type { JournalEntry } from '../../../core/model/administration.js';
import type { FromManager, ToManager } from './manager-messages.js';

const PROGRAM = new URL('./fault-manager.js', import.meta.url).pathname;

/** A manager in a process of its own, with what it said so far. */
export class KillableManager {
  readonly journal: JournalEntry[] = [];
  readonly #child: ChildProcess;
  readonly #exited: Promise<unknown>;
  #ready = false;
  #failure: string | undefined;

  constructor(deployment: string, store: string) {
    this.#child = fork(PROGRAM, [deployment, store], { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
    let errors = '';
    this.#child.stderr?.on('data', (chunk: Buffer) => (errors += chunk.toString()));
    this.#child.on('message', ({ ready, entry, failure }: FromManager) => {
      this.#ready ||= ready === true;
      if (entry) this.journal.push(entry);
      this.#failure ??= failure;
    });
    this.#exited = once(this.#child, 'exit').then(() => (this.#failure ??= `it ended: ${errors}`));
  }

  /** Resolves when the deployment is up, or taken up. */
  ready(withinMs: number): Promise<void> {
    return this.#until(() => this.#ready, withinMs, 'is ready');
  }

  /** Resolves with the first entry that fits, said already or later. */
  async said(fits: (entry: JournalEntry) => boolean, withinMs: number, what: string): Promise<JournalEntry> {
    await this.#until(() => this.journal.some(fits), withinMs, what);
    return this.journal.find(fits) as JournalEntry;
  }

  raise(name: string, component: string, arg?: string): void {
    const message: ToManager = { raise: { name, component, ...(arg === undefined ? {} : { arg }) } };
    this.#child.send(message);
  }

  async kill(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) this.#child.kill('SIGKILL');
    await this.#exited;
  }

  async #until(holds: () => boolean, withinMs: number, what: string): Promise<void> {
    const until = Date.now() + withinMs;
    while (!holds()) {
      if (this.#failure === undefined && Date.now() < until) {
        await pause(20);
        continue;
      }
      const told = this.journal.map(({ kind, subject, text }) => `${kind} ${subject}: ${text}`).join('\n');
      throw new Error(`not within ${withinMs} ms: the manager ${what}. ${this.#failure ?? ''}\n${told}`);
    }
  }
}
