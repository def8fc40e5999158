import type { Clock, TimerHandle } from '../../model/clock.js';
import type { Member, MembershipChange } from '../../model/member-bus.js';

/** So many times a member may fail to renew itself before it counts as failed. */
export const MISSED_RENEWALS = 3;

export interface MemberTableHandlers {
  readonly onChange: (change: MembershipChange) => void;
  /** It is late: the carrier may know whether it is still there, and then calls {@link MemberTable.failed}. */
  readonly onLate: (member: Member) => void;
}

interface Entry {
  readonly member: Member;
  heardAt: number;
  asked: boolean;
}

/**
 * Who is there, from what was heard of each: everybody renews itself at an interval, and who does not is first late and
 * then failed. Nobody fails while the table is not {@link resume running}, since nothing can be heard then.
 */
export class MemberTable {
  readonly #clock: Clock;
  readonly #handlers: MemberTableHandlers;
  readonly #entries = new Map<string, Entry>();
  #everyMs = 0;
  #timer: TimerHandle;

  constructor(clock: Clock, handlers: MemberTableHandlers) {
    this.#clock = clock;
    this.#handlers = handlers;
  }

  /** From now on members are expected to renew themselves; those of the list are there, others are not known. */
  resume(members: readonly Member[], everyMs: number): void {
    this.pause();
    this.#everyMs = everyMs;
    this.#entries.clear();
    for (const member of members) this.#note(member);
    this.#sweepLater();
  }

  pause(): void {
    this.#clock.clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  heard(member: Member): void {
    const known = this.#entries.get(member.name);
    const same = known?.member.incarnation === member.incarnation;
    if (known && !same) this.failed(known.member, 'it was begun anew');
    this.#note(member);
    if (!same) this.#handlers.onChange({ kind: 'joined', member, at: this.#clock.now() });
  }

  left(name: string): void {
    const known = this.#entries.get(name);
    if (!known) return;
    this.#entries.delete(name);
    this.#handlers.onChange({ kind: 'left', member: known.member, at: this.#clock.now() });
  }

  /** Nothing happens where that life of it is not known, or no more. */
  failed(member: Member, why: string): void {
    if (this.#entries.get(member.name)?.member.incarnation !== member.incarnation) return;
    this.#entries.delete(member.name);
    this.#handlers.onChange({ kind: 'failed', member, at: this.#clock.now(), why });
  }

  #note(member: Member): void {
    this.#entries.set(member.name, { member, heardAt: this.#clock.now(), asked: false });
  }

  #sweepLater(): void {
    this.#timer = this.#clock.setTimeout(() => {
      this.#sweep();
      this.#sweepLater();
    }, this.#everyMs / 2);
  }

  #sweep(): void {
    const now = this.#clock.now();
    for (const entry of [...this.#entries.values()]) {
      const silentMs = now - entry.heardAt;
      if (silentMs >= MISSED_RENEWALS * this.#everyMs)
        this.failed(entry.member, `nothing was heard of it for ${Math.round(silentMs / 1000)} s`);
      else if (silentMs >= 1.5 * this.#everyMs && !entry.asked) {
        entry.asked = true;
        this.#handlers.onLate(entry.member);
      }
    }
  }
}
