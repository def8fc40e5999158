/** `shared`: it must stay as it is. `exclusive`: it is changed. */
export type LockMode = 'shared' | 'exclusive';

/** What is locked, by the name of the component (or the mark of a class), and how. */
export type LockSet = ReadonlyMap<string, LockMode>;

/** Locks that one procedure, or one operation of a policy, holds. */
export interface HeldLocks {
  /** Locks what did not exist before, such as a new component; it is exclusive at once. */
  add(name: string): void;
  /** Lets go of all of them; those who wait may begin then. Idempotent. */
  release(): void;
}

interface Waiting {
  readonly wanted: () => LockSet;
  readonly begin: (locks: HeldLocks) => void;
}

/**
 * Who may touch which component. All locks of one holder are taken at once, so that nobody waits while holding some, and
 * there is no deadlock. Whoever asked first goes first: what waits blocks those behind it that want the same, so nobody
 * starves, and what concerns one component happens in the order in which it was asked for.
 */
export class LockTable {
  readonly #held = new Set<Map<string, LockMode>>();
  readonly #waiting: Waiting[] = [];
  #sweeping = false;
  #again = false;

  /**
   * Calls `begin` once nothing that is wanted is held by others or wanted by someone earlier: at once, if that is so now.
   * `wanted` is asked anew each time, because paths reach other components as the system changes. Returns how to stop
   * waiting, which does nothing once it has begun.
   */
  acquire(wanted: () => LockSet, begin: (locks: HeldLocks) => void): () => void {
    const waiting: Waiting = { wanted, begin };
    this.#waiting.push(waiting);
    this.#sweep();
    return () => {
      const index = this.#waiting.indexOf(waiting);
      if (index < 0) return;
      this.#waiting.splice(index, 1);
      this.#sweep();
    };
  }

  /** Lets those begin who can. What begins may ask for or let go of locks itself: that is another round. */
  #sweep(): void {
    this.#again = true;
    if (this.#sweeping) return;
    this.#sweeping = true;
    try {
      while (this.#again) {
        this.#again = false;
        this.#round();
      }
    } finally {
      this.#sweeping = false;
    }
  }

  #round(): void {
    const taken = new Map<string, LockMode>();
    for (const held of this.#held) merge(taken, held);
    const ready: { readonly waiting: Waiting; readonly locks: Map<string, LockMode> }[] = [];
    for (const waiting of [...this.#waiting]) {
      const wanted = waiting.wanted();
      const free = !conflicts(taken, wanted);
      merge(taken, wanted);
      if (!free) continue;
      const locks = new Map(wanted);
      this.#waiting.splice(this.#waiting.indexOf(waiting), 1);
      this.#held.add(locks);
      ready.push({ waiting, locks });
    }
    for (const { waiting, locks } of ready) waiting.begin(this.#holderOf(locks));
  }

  #holderOf(locks: Map<string, LockMode>): HeldLocks {
    return {
      add: (name) => void locks.set(name, 'exclusive'),
      release: () => {
        if (this.#held.delete(locks)) this.#sweep();
      },
    };
  }
}

function conflicts(taken: LockSet, wanted: LockSet): boolean {
  for (const [name, mode] of wanted) {
    const other = taken.get(name);
    if (other !== undefined && (mode === 'exclusive' || other === 'exclusive')) return true;
  }
  return false;
}

function merge(into: Map<string, LockMode>, locks: LockSet): void {
  for (const [name, mode] of locks) if (mode === 'exclusive' || !into.has(name)) into.set(name, mode);
}
