import { join } from 'node:path';
import { delay, type Clock } from '../../../core/model/clock.js';
import { AttituneError } from '../../../core/model/errors.js';
import { bootId } from '../../machine/processes.js';
import { OwnerFile, lives, thisProcess, type Owner } from '../../machine/owner-file.js';

/** Who has the lab. */
export interface LabOwner extends Owner {
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

/** One lab per machine: a file that names its owner. */
export class LabLock {
  readonly #file: OwnerFile<LabOwner>;

  constructor(
    folder: string,
    private readonly clock: Clock,
  ) {
    this.#file = new OwnerFile(join(folder, 'lab.lock'), 'lab');
  }

  async state(): Promise<LockState> {
    const owner = await this.#file.read();
    if (!owner) return { state: 'free' };
    // nothing of a lab outlives the machine's boot
    if (owner.mode === 'kept' && owner.boot === (await bootId())) return { state: 'kept', owner };
    return { state: (await lives(owner)) ? 'held' : 'dead', owner };
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
        if (await this.#file.create(mine)) return { owner: mine };
      } else if (now.state === 'dead' || (now.state === 'kept' && options.evenKept)) {
        if ((await this.#file.remove(now.owner.token)) && (await this.#file.create(mine)))
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
    if (now.state !== 'dead' || now.owner.token !== token || !(await this.#file.remove(token))) return undefined;
    const mine = await this.#self('down');
    return (await this.#file.create(mine)) ? mine : undefined;
  }

  /** Leaves the lab standing without its owner. */
  async keep(owner: LabOwner): Promise<void> {
    await this.#file.replace({ ...owner, mode: 'kept' });
  }

  /** Gives the lab back; nothing happens if it is somebody else's by now. */
  async release(token: string): Promise<void> {
    await this.#file.remove(token);
  }

  async #self(mode: 'run' | 'down'): Promise<LabOwner> {
    return { ...(await thisProcess(this.clock)), mode };
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
