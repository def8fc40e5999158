import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { LabPlan } from '../lab-plan.js';

/** What `attitune lab status` shows of a lab that stands; taking down does not depend on it. */
export interface LabRecord {
  readonly plan: LabPlan;
  readonly startedAt: string;
  readonly acceleration: 'kvm' | 'tcg';
  readonly cpuLimit: number;
  /** Guests by name: address and MAC. */
  readonly guests: Readonly<Record<string, { readonly address: string; readonly mac: string }>>;
}

/** The record's file, replaced as a whole. */
export class LabRecordFile {
  readonly #file: string;
  #writing: Promise<void> = Promise.resolve();

  constructor(private readonly folder: string) {
    this.#file = join(folder, 'lab.json');
  }

  /** Several writes at a time are done one after the other, so that the last one called is what stays. */
  write(record: LabRecord): Promise<void> {
    const written = this.#writing.then(() => this.#replace(record));
    this.#writing = written.catch(() => undefined);
    return written;
  }

  async #replace(record: LabRecord): Promise<void> {
    await mkdir(this.folder, { recursive: true });
    await writeFile(`${this.#file}.new`, `${JSON.stringify(record, null, 2)}\n`);
    await rename(`${this.#file}.new`, this.#file);
  }

  /** `undefined`: there is none, or it cannot be read as one. */
  async read(): Promise<LabRecord | undefined> {
    try {
      return JSON.parse(await readFile(this.#file, 'utf8')) as LabRecord;
    } catch {
      return undefined;
    }
  }

  async remove(): Promise<void> {
    await rm(this.#file, { force: true });
    await rm(`${this.#file}.new`, { force: true });
  }
}
