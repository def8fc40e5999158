import type { Clock, TimerHandle } from '../model/clock.js';
import type { Subscription } from '../model/hypervisor.js';
import type { Member, MembershipChange } from '../model/member-bus.js';
import { warnOfListener } from './listeners.js';

/** So long may others take to come back, too, after a connection that everybody lost: longer than any waits before it tries. */
export const RETURN_GRACE_MS = 10_000;

/**
 * Who is on the bus, as one member knows it: what carriers tell, made into one story for each member, `joined` and then
 * once `left` or `failed`, whatever was lost in between.
 */
export class Roster {
  readonly #self: Member;
  readonly #clock: Clock;
  readonly #graceMs: number;
  readonly #known = new Map<string, Member>();
  /** Those who were not there after a reconnection, until their grace is over. */
  readonly #missing = new Map<string, TimerHandle>();
  readonly #listeners = new Set<{ readonly call: (change: MembershipChange) => void }>();

  constructor(self: Member, clock: Clock, graceMs: number) {
    this.#self = self;
    this.#clock = clock;
    this.#graceMs = graceMs;
    this.#known.set(self.name, self);
  }

  /** `joined` for everybody who is known at once, then changes. */
  add(listener: (change: MembershipChange) => void): Subscription {
    const entry = { call: listener };
    for (const member of [...this.#known.values()]) this.#call(entry, this.#change('joined', member));
    this.#listeners.add(entry);
    return { unsubscribe: () => void this.#listeners.delete(entry) };
  }

  /** Everybody who is there now. */
  all(members: readonly Member[]): void {
    const here = new Set<string>();
    for (const member of members) {
      here.add(member.name);
      this.#joined(this.#change('joined', member));
    }
    for (const name of this.#known.keys()) {
      if (here.has(name) || name === this.#self.name || this.#missing.has(name)) continue;
      const timer = this.#clock.setTimeout(() => {
        this.#missing.delete(name);
        this.#gone(name, 'failed', 'it did not come back when the way to it was there again');
      }, this.#graceMs);
      this.#missing.set(name, timer);
    }
  }

  changed(change: MembershipChange): void {
    const { kind, member } = change;
    if (member.name === this.#self.name) return;
    if (kind === 'joined') this.#joined(change);
    // of a former life, whose end is known
    else if (this.#known.get(member.name)?.incarnation === member.incarnation) {
      this.#found(member.name);
      this.#known.delete(member.name);
      this.#tell(change);
    }
  }

  /** Nothing is known of the others now: nobody's grace goes on. */
  disconnected(): void {
    for (const name of [...this.#missing.keys()]) this.#found(name);
  }

  #joined(change: MembershipChange): void {
    const { name, incarnation } = change.member;
    if (name === this.#self.name) return;
    this.#found(name);
    const former = this.#known.get(name);
    if (former?.incarnation === incarnation) return;
    if (former) this.#gone(name, 'failed', 'it was begun anew');
    this.#known.set(name, change.member);
    this.#tell(change);
  }

  #gone(name: string, kind: 'left' | 'failed', why: string): void {
    const member = this.#known.get(name);
    if (!member) return;
    this.#known.delete(name);
    this.#tell({ ...this.#change(kind, member), why });
  }

  #found(name: string): void {
    const timer = this.#missing.get(name);
    if (this.#missing.delete(name)) this.#clock.clearTimeout(timer);
  }

  #change(kind: MembershipChange['kind'], member: Member): MembershipChange {
    return { kind, member, at: this.#clock.now() };
  }

  #tell(change: MembershipChange): void {
    for (const entry of [...this.#listeners]) if (this.#listeners.has(entry)) this.#call(entry, change);
  }

  #call(entry: { readonly call: (change: MembershipChange) => void }, change: MembershipChange): void {
    try {
      entry.call(change);
    } catch (error) {
      warnOfListener(error, 'membership');
    }
  }
}
