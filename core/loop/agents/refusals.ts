import type { BusCounts, DroppedMessage, DropReason } from '../../model/member-bus.js';

/** What each kind of refused message is to an administrator. */
const WHAT: Readonly<Record<DropReason, string>> = {
  malformed: 'not of the form that messages have',
  oversized: 'longer than messages may be',
  forged: 'naming another sender than the one that it came from',
  replayed: 'that had been received before',
  skewed: 'from another time, so the clock of the sender is off',
  buffer: 'lost on the way: the bus was not reached for long, or was too slow',
};

/** A line about one kind is told at once, then at most this often. */
const AT_MOST_EVERY_MS = 60_000;

export const DROP_REASONS = Object.keys(WHAT) as readonly DropReason[];

/** A line for the journal. */
export interface RefusalNews {
  readonly reason: DropReason;
  /** The sender of the last one, as far as known. */
  readonly from?: string;
  readonly text: string;
}

/**
 * Turns the counts of dropped messages into lines that are worth telling: the first of a kind at once, then at most one
 * line a minute and kind, with the number. Pure: counts and times go in.
 */
export class Refusals {
  readonly #seen: Partial<Record<DropReason, number>> = {};
  readonly #told: Partial<Record<DropReason, { readonly at: number; readonly count: number }>> = {};
  /** What was refused besides what the bus counts. */
  readonly #own: Partial<Record<DropReason, number>> = {};
  readonly #ownLast: Partial<Record<DropReason, DroppedMessage>> = {};
  readonly #bySender = new Map<string, Partial<Record<DropReason, number>>>();

  /** Counts one that this side has refused itself. */
  refuse(reason: DropReason, dropped: DroppedMessage): void {
    this.#own[reason] = (this.#own[reason] ?? 0) + 1;
    this.#ownLast[reason] = dropped;
  }

  /** The counts of the bus with what this side has refused. */
  counts({ dropped }: BusCounts): Readonly<Record<DropReason, number>> {
    const entries = DROP_REASONS.map((reason) => [reason, dropped[reason] + (this.#own[reason] ?? 0)]);
    return Object.fromEntries(entries) as Record<DropReason, number>;
  }

  /** What was refused of a sender; what came between two looks counts for the last of them. */
  of(sender: string): Readonly<Partial<Record<DropReason, number>>> {
    return this.#bySender.get(sender) ?? {};
  }

  /** What is to be told now. */
  look(bus: BusCounts, now: number): readonly RefusalNews[] {
    const counts = this.counts(bus);
    return DROP_REASONS.flatMap((reason) => {
      const count = counts[reason];
      const last = this.#last(reason, bus);
      this.#attribute(reason, count, last);
      const told = this.#told[reason];
      if (count <= (told?.count ?? 0) || (told && now >= told.at && now - told.at < AT_MOST_EVERY_MS)) return [];
      this.#told[reason] = { at: now, count };
      return [news(reason, count - (told?.count ?? 0), last)];
    });
  }

  #last(reason: DropReason, { lastDropped }: BusCounts): DroppedMessage | undefined {
    const [a, b] = [lastDropped[reason], this.#ownLast[reason]];
    return a && b ? (a.at > b.at ? a : b) : (a ?? b);
  }

  #attribute(reason: DropReason, count: number, last: DroppedMessage | undefined): void {
    const more = count - (this.#seen[reason] ?? 0);
    this.#seen[reason] = count;
    if (more <= 0 || last?.from === undefined) return;
    const known = this.#bySender.get(last.from) ?? {};
    this.#bySender.set(last.from, { ...known, [reason]: (known[reason] ?? 0) + more });
  }
}

function news(reason: DropReason, count: number, last: DroppedMessage | undefined): RefusalNews {
  const messages = count === 1 ? 'a message was refused' : `${count} messages were refused`;
  const from = last?.from === undefined ? '' : ` from ${last.from}`;
  const why = last === undefined ? '' : `; ${count === 1 ? 'it was' : 'the last one was'}${from}: ${last.why}`;
  return {
    reason,
    ...(last?.from === undefined ? {} : { from: last.from }),
    text: `${reason === 'buffer' ? messages.replace('refused', 'lost') : messages}, ${WHAT[reason]}${why}`,
  };
}
