import type { HeldLocks, LockSet, LockTable } from './locks.js';

/** Locks that their holder lets go of while it waits for people, and takes again before it goes on. */
export class PausableLocks implements HeldLocks {
  #held: HeldLocks | undefined;
  #pause: Promise<unknown> | undefined;
  #cancel: () => void = () => undefined;
  #released = false;
  readonly #added = new Set<string>();

  constructor(
    private readonly table: LockTable,
    private readonly wanted: () => LockSet,
    held: HeldLocks,
    /** False while nobody must come in between: something is half done. */
    private readonly mayPause: () => boolean = () => true,
  ) {
    this.#held = held;
  }

  /** Settles once the locks are held again; `undefined` while they are. */
  get pause(): Promise<unknown> | undefined {
    return this.#pause;
  }

  add(name: string): void {
    this.#added.add(name);
    this.#held?.add(name);
  }

  release(): void {
    this.#released = true;
    this.#cancel();
    this.#letGo();
  }

  /** Waits without the locks, if that may be. */
  without<T>(wait: () => Promise<T>): Promise<T> {
    if (this.#pause || !this.mayPause()) return wait();
    this.#letGo();
    const pause = wait().finally(async () => {
      if (!this.#released) await this.#takeAgain();
      this.#pause = undefined;
    });
    this.#pause = pause.catch(() => undefined);
    return pause;
  }

  #letGo(): void {
    this.#held?.release();
    this.#held = undefined;
  }

  #takeAgain(): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.table.acquire(this.wanted, (held) => {
        this.#held = held;
        for (const name of this.#added) held.add(name);
        resolve();
      });
      this.#cancel = () => {
        cancel();
        resolve();
      };
    });
  }
}
