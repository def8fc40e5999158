import type { BusCounts, DroppedMessage, DropReason } from '../../model/member-bus.js';

/** `connection`: somebody was not let in at all; `hub`: the hub in this process dropped something of a member. */
export type RefusalReason = DropReason | 'connection' | 'hub';

/** What each kind of refused message is to an administrator; `#` stands for how many. */
const WHAT: Readonly<Record<RefusalReason, { readonly one: string; readonly many: string }>> = {
  malformed: refusedMessage('not of the form that messages have'),
  oversized: refusedMessage('longer than messages may be'),
  forged: refusedMessage('naming another sender than the one that it came from'),
  replayed: refusedMessage('received before already'),
  skewed: refusedMessage('from another time, so the clock of the sender is off'),
  buffer: {
    one: 'a message was lost: the bus was away for too long, or too slow',
    many: '# messages were lost: the bus was away for too long, or too slow',
  },
  hub: { one: 'the hub dropped a message', many: 'the hub dropped # messages' },
  connection: { one: 'a connection was refused', many: '# connections were refused' },
};

/** A line about one kind is told at once, then at most this often. */
const AT_MOST_EVERY_MS = 60_000;

export const REFUSAL_REASONS = Object.keys(WHAT) as readonly RefusalReason[];

/** A line for the journal. */
export interface RefusalNews {
  readonly reason: RefusalReason;
  /** The sender of the last one, as far as known. */
  readonly from?: string;
  readonly text: string;
}

/**
 * Turns the counts of dropped messages into lines that are worth telling: the first of a kind at once, then at most one
 * line a minute and kind, with the number. Pure: counts and times go in.
 */
export class Refusals {
  readonly #seen: Partial<Record<RefusalReason, number>> = {};
  readonly #told: Partial<Record<RefusalReason, { readonly at: number; readonly count: number }>> = {};
  /** What was refused besides what the bus counts. */
  readonly #own: Partial<Record<RefusalReason, number>> = {};
  readonly #ownLast: Partial<Record<RefusalReason, DroppedMessage>> = {};
  readonly #bySender = new Map<string, Partial<Record<RefusalReason, number>>>();

  /** Counts one that this side has refused itself. */
  refuse(reason: RefusalReason, dropped: DroppedMessage): void {
    this.#own[reason] = (this.#own[reason] ?? 0) + 1;
    this.#ownLast[reason] = dropped;
  }

  /** The counts of the bus with what this side has refused. */
  counts({ dropped }: BusCounts): Readonly<Record<RefusalReason, number>> {
    const entries = REFUSAL_REASONS.map((reason) => [
      reason,
      (isDropReason(reason) ? dropped[reason] : 0) + (this.#own[reason] ?? 0),
    ]);
    return Object.fromEntries(entries) as Record<RefusalReason, number>;
  }

  /** What was refused of a sender; what came between two looks counts for the last of them. */
  of(sender: string): Readonly<Partial<Record<RefusalReason, number>>> {
    return this.#bySender.get(sender) ?? {};
  }

  /** What is to be told now. */
  look(bus: BusCounts, now: number): readonly RefusalNews[] {
    const counts = this.counts(bus);
    return REFUSAL_REASONS.flatMap((reason) => {
      const count = counts[reason];
      const last = this.#last(reason, bus);
      this.#attribute(reason, count, last);
      const told = this.#told[reason];
      if (count <= (told?.count ?? 0) || (told && now >= told.at && now - told.at < AT_MOST_EVERY_MS)) return [];
      this.#told[reason] = { at: now, count };
      return [news(reason, count - (told?.count ?? 0), last)];
    });
  }

  #last(reason: RefusalReason, { lastDropped }: BusCounts): DroppedMessage | undefined {
    const [a, b] = [isDropReason(reason) ? lastDropped[reason] : undefined, this.#ownLast[reason]];
    return a && b ? (a.at > b.at ? a : b) : (a ?? b);
  }

  #attribute(reason: RefusalReason, count: number, last: DroppedMessage | undefined): void {
    const more = count - (this.#seen[reason] ?? 0);
    this.#seen[reason] = count;
    if (more <= 0 || last?.from === undefined) return;
    const known = this.#bySender.get(last.from) ?? {};
    this.#bySender.set(last.from, { ...known, [reason]: (known[reason] ?? 0) + more });
  }
}

/** What the bus itself counts. */
function isDropReason(reason: RefusalReason): reason is DropReason {
  return reason !== 'connection' && reason !== 'hub';
}

function refusedMessage(what: string): { readonly one: string; readonly many: string } {
  return { one: `a message was refused, ${what}`, many: `# messages were refused, ${what}` };
}

function news(reason: RefusalReason, count: number, last: DroppedMessage | undefined): RefusalNews {
  const { one, many } = WHAT[reason];
  const text = count === 1 ? one : many.replace('#', String(count));
  const which = count === 1 ? 'it was' : 'the last one was';
  const from = last?.from === undefined ? '' : ` ${which} from ${last.from}:`;
  return {
    reason,
    ...(last?.from === undefined ? {} : { from: last.from }),
    text: last === undefined ? text : `${text};${from} ${last.why}`,
  };
}
