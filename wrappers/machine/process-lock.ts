import { delay, type Clock } from '../../core/model/clock.js';
import { AttituneError, type ErrorCode } from '../../core/model/errors.js';
import { OwnerFile, lives, thisProcess, type Owner } from './owner-file.js';

const POLL_MS = 250;

export interface LockOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called once for each other owner that is waited for. */
  readonly onWait?: (owner: Owner) => void;
}

/** One at a time, over all processes of this machine; an owner that has died holds nothing up. */
export class ProcessLock {
  readonly #file: OwnerFile<Owner>;

  constructor(
    path: string,
    private readonly clock: Clock,
    failure: ErrorCode,
  ) {
    this.#file = new OwnerFile(path, failure);
  }

  /** The process that has it now, if that lives. */
  async owner(): Promise<Owner | undefined> {
    const owner = await this.#file.read();
    return owner && (await lives(owner)) ? owner : undefined;
  }

  /** Waits for its turn, then does it. Rejects as the action does, and with `cancelled`. */
  async hold<T>(action: () => Promise<T>, { signal, onWait }: LockOptions = {}): Promise<T> {
    const mine = await thisProcess(this.clock);
    let told = '';
    for (;;) {
      if (signal?.aborted === true)
        throw new AttituneError('cancelled', 'Waiting for another process was cancelled.', { cause: signal.reason });
      const owner = await this.#file.read();
      if (!owner) {
        if (await this.#file.create(mine)) break;
        continue;
      }
      if (!(await lives(owner))) {
        await this.#file.remove(owner.token);
        continue;
      }
      if (owner.token !== told) onWait?.(owner);
      told = owner.token;
      await delay(this.clock, POLL_MS, signal).catch(() => undefined);
    }
    try {
      return await action();
    } finally {
      await this.#file.remove(mine.token);
    }
  }
}
