import { randomUUID } from 'node:crypto';
import { link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Clock } from '../../core/model/clock.js';
import { AttituneError, type ErrorCode } from '../../core/model/errors.js';
import { bootId, commandOf, startTimeOf } from './processes.js';

/** A process that owns something of this machine. */
export interface Owner {
  readonly pid: number;
  /** Of the process, in the kernel's ticks. */
  readonly startTime: string;
  /** The machine's boot: no process outlives it, though a file may. */
  readonly boot: string;
  readonly command: string;
  /** When it became the owner, ISO 8601. */
  readonly since: string;
  /** Differs for each time that something is taken. */
  readonly token: string;
}

/** This process, as an owner from now on. */
export async function thisProcess(clock: Clock): Promise<Owner> {
  const { pid } = process;
  return {
    pid,
    startTime: (await startTimeOf(pid)) ?? '',
    boot: await bootId(),
    command: await commandOf(pid),
    since: new Date(clock.now()).toISOString(),
    token: randomUUID(),
  };
}

export async function lives({ pid, startTime, boot }: Owner): Promise<boolean> {
  return boot === (await bootId()) && (await startTimeOf(pid)) === startTime;
}

let attempts = 0;

/** A file that names the owner of something. It appears whole or not at all, and of several who try only one succeeds. */
export class OwnerFile<O extends Owner> {
  constructor(
    readonly path: string,
    private readonly failure: ErrorCode,
  ) {}

  async read(): Promise<O | undefined> {
    const text = await readFile(this.path, 'utf8').catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw AttituneError.from(error, this.failure, `The lock ${this.path} cannot be read`);
    });
    return text === undefined ? undefined : (JSON.parse(text) as O);
  }

  /** `false` where there is an owner. */
  async create(owner: O): Promise<boolean> {
    const temporary = await this.#write(owner);
    try {
      await link(temporary, this.path);
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
      throw AttituneError.from(error, this.failure, `The lock ${this.path} cannot be made`);
    } finally {
      await rm(temporary, { force: true });
    }
  }

  /** Puts another owner in the place of the present one. */
  async replace(owner: O): Promise<void> {
    await rename(await this.#write(owner), this.path);
  }

  /** Removes the owner with that token; `false` if it is not there. Two who try cannot both succeed. */
  async remove(token: string): Promise<boolean> {
    if ((await this.read())?.token !== token) return false;
    const aside = `${this.path}.${process.pid}.${++attempts}`;
    try {
      await rename(this.path, aside);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
      throw error;
    }
    const moved = JSON.parse(await readFile(aside, 'utf8')) as O;
    // between the look and the move somebody else took it: back with it
    if (moved.token !== token) await link(aside, this.path).catch(() => undefined);
    await rm(aside, { force: true });
    return moved.token === token;
  }

  async #write(owner: O): Promise<string> {
    await mkdir(dirname(this.path), { recursive: true, mode: 0o755 });
    const temporary = `${this.path}.${process.pid}.${++attempts}.new`;
    await writeFile(temporary, `${JSON.stringify(owner, null, 2)}\n`);
    return temporary;
  }
}
