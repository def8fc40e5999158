import { randomUUID } from 'node:crypto';
import { link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { delay, type Clock } from '../../../core/model/clock.js';
import { AttituneError } from '../../../core/model/errors.js';
import { bootId, commandOf, startTimeOf } from '../../machine/processes.js';

/** Who has the lab. */
export interface LabOwner {
  readonly pid: number;
  /** Of the process, in the kernel's ticks. */
  readonly startTime: string;
  /** The machine's boot: nothing of a lab outlives it, though this file may. */
  readonly boot: string;
  readonly command: string;
  /** When it took the lab, ISO 8601. */
  readonly since: string;
  /** Differs for each time the lab is taken. */
  readonly token: string;
  /**
   * `run`: the lab ends with the process. `down`: the process takes a lab down, which is soon over.
   * `kept`: `attitune lab up` left it standing; the process is gone and need not live.
   */
  readonly mode: 'run' | 'down' | 'kept';
}

/** The lab as one who looks at the lock sees it. */
export type LockState =
  | { readonly state: 'free' }
  | { readonly state: 'held'; readonly owner: LabOwner }
  | { readonly state: 'kept'; readonly owner: LabOwner }
  | { readonly state: 'dead'; readonly owner: LabOwner };

const WAIT_FOR_DOWN_MS = 30_000;
let attempts = 0;

/** One lab per machine: a file that names its owner. */
export class LabLock {
  readonly #file: string;

  constructor(
    private readonly folder: string,
    private readonly clock: Clock,
  ) {
    this.#file = join(folder, 'lab.lock');
  }

  async state(): Promise<LockState> {
    const owner = await this.#read();
    if (!owner) return { state: 'free' };
    if (owner.boot !== (await bootId())) return { state: 'dead', owner };
    if (owner.mode === 'kept') return { state: 'kept', owner };
    return { state: (await startTimeOf(owner.pid)) === owner.startTime ? 'held' : 'dead', owner };
  }

  /**
   * Takes the lab for this process. A dead owner's lock is taken over, and `takenOver` tells whose: its remains are to be
   * cleaned first. One who is taking a lab down is waited for. Rejects with `lab-busy`.
   */
  async take(
    mode: 'run' | 'down',
    options: { readonly evenKept?: boolean; readonly signal?: AbortSignal | undefined } = {},
  ): Promise<{ readonly owner: LabOwner; readonly takenOver?: LabOwner }> {
    const mine = await this.#self(mode);
    const deadline = this.clock.now() + WAIT_FOR_DOWN_MS;
    for (;;) {
      const now = await this.state();
      if (now.state === 'free') {
        if (await this.#create(mine)) return { owner: mine };
      } else if (now.state === 'dead' || (now.state === 'kept' && options.evenKept)) {
        if ((await this.#remove(now.owner.token)) && (await this.#create(mine)))
          return { owner: mine, takenOver: now.owner };
      } else if (now.owner.mode === 'down' && this.clock.now() < deadline) {
        await delay(this.clock, 100, options.signal);
      } else {
        throw busy(now.owner);
      }
    }
  }

  /** Takes over from the owner with that token, if it has ended; `undefined` if someone else has the lab by now. */
  async takeOverFrom(token: string): Promise<LabOwner | undefined> {
    const now = await this.state();
    if (now.state !== 'dead' || now.owner.token !== token || !(await this.#remove(token))) return undefined;
    const mine = await this.#self('down');
    return (await this.#create(mine)) ? mine : undefined;
  }

  /** Leaves the lab standing without its owner. */
  async keep(owner: LabOwner): Promise<void> {
    const temporary = await this.#write({ ...owner, mode: 'kept' });
    await rename(temporary, this.#file);
  }

  /** Gives the lab back; nothing happens if it is somebody else's by now. */
  async release(token: string): Promise<void> {
    await this.#remove(token);
  }

  async #self(mode: 'run' | 'down'): Promise<LabOwner> {
    const { pid } = process;
    const startTime = (await startTimeOf(pid)) ?? '';
    const boot = await bootId();
    return {
      pid,
      startTime,
      boot,
      command: await commandOf(pid),
      since: new Date(this.clock.now()).toISOString(),
      token: randomUUID(),
      mode,
    };
  }

  async #read(): Promise<LabOwner | undefined> {
    const text = await readFile(this.#file, 'utf8').catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw AttituneError.from(error, 'lab', `The lab's lock ${this.#file} cannot be read`);
    });
    return text === undefined ? undefined : (JSON.parse(text) as LabOwner);
  }

  /** The file appears whole, or not at all where there is one. */
  async #create(owner: LabOwner): Promise<boolean> {
    const temporary = await this.#write(owner);
    try {
      await link(temporary, this.#file);
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
      throw AttituneError.from(error, 'lab', `The lab's lock ${this.#file} cannot be made`);
    } finally {
      await rm(temporary, { force: true });
    }
  }

  /** Removes the lock with that token; `false` if it is not there. Two who try cannot both succeed. */
  async #remove(token: string): Promise<boolean> {
    if ((await this.#read())?.token !== token) return false;
    const aside = `${this.#file}.${process.pid}.${++attempts}`;
    try {
      await rename(this.#file, aside);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
      throw error;
    }
    const moved = JSON.parse(await readFile(aside, 'utf8')) as LabOwner;
    // between the look and the move somebody else took the lab: back with it
    if (moved.token !== token) await link(aside, this.#file).catch(() => undefined);
    await rm(aside, { force: true });
    return moved.token === token;
  }

  async #write(owner: LabOwner): Promise<string> {
    await mkdir(this.folder, { recursive: true, mode: 0o755 });
    const temporary = `${this.#file}.${process.pid}.${++attempts}.new`;
    await writeFile(temporary, `${JSON.stringify(owner, null, 2)}\n`);
    return temporary;
  }
}

function busy(owner: LabOwner): AttituneError {
  const message =
    owner.mode === 'kept'
      ? `A lab that 'attitune lab up' left is standing since ${owner.since}. Take it down with 'attitune lab down' first.`
      : `The lab of this machine is in use by process ${owner.pid} (${owner.command}) since ${owner.since}. ` +
        `Wait until it ends, or end it; 'attitune lab status' shows what is there.`;
  return new AttituneError('lab-busy', message, { details: { owner } });
}
