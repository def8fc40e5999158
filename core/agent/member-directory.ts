import type { Clock } from '../model/clock.js';
import type { Member, MemberBus } from '../model/member-bus.js';

/** Who is on the bus now. One for each bus: see {@link MemberDirectory.of}. */
export class MemberDirectory {
  static readonly #known = new WeakMap<MemberBus, MemberDirectory>();
  readonly #members = new Map<string, Member>();
  readonly #waiting = new Map<string, Set<() => void>>();

  /** The one of that bus; its first use is when it begins to follow it. */
  static of(bus: MemberBus): MemberDirectory {
    let directory = MemberDirectory.#known.get(bus);
    if (!directory) MemberDirectory.#known.set(bus, (directory = new MemberDirectory(bus)));
    return directory;
  }

  private constructor(bus: MemberBus) {
    bus.onMembership(({ kind, member }) => {
      if (kind !== 'joined') {
        // the end of a former life may be told after the begin of the next one
        if (this.#members.get(member.name)?.incarnation === member.incarnation) this.#members.delete(member.name);
        return;
      }
      this.#members.set(member.name, member);
      const waiting = this.#waiting.get(member.name) ?? [];
      this.#waiting.delete(member.name);
      for (const tell of waiting) tell();
    });
  }

  get(name: string): Member | undefined {
    return this.#members.get(name);
  }

  /** Waits for it to join, for at most so long; `undefined` where it did not. */
  async wait(name: string, withinMs: number, clock: Clock, signal?: AbortSignal): Promise<Member | undefined> {
    const known = this.#members.get(name);
    if (known || withinMs <= 0 || signal?.aborted === true) return known;
    await new Promise<void>((resolve) => {
      const waiting = this.#waiting.get(name) ?? new Set();
      this.#waiting.set(name, waiting);
      const end = () => {
        clock.clearTimeout(timer);
        signal?.removeEventListener('abort', end);
        waiting.delete(end);
        if (waiting.size === 0 && this.#waiting.get(name) === waiting) this.#waiting.delete(name);
        resolve();
      };
      const timer = clock.setTimeout(end, withinMs);
      signal?.addEventListener('abort', end, { once: true });
      waiting.add(end);
    });
    return this.#members.get(name);
  }
}
