import type { JournalEntry } from '../../model/administration.js';
import type { Explanation, JournalPart, JournalQuery } from '../../model/control-commands.js';
import { AttituneError } from '../../model/errors.js';
import type { Store } from '../../model/store.js';

/** A journal to be read, of a manager or as it is kept. */
export interface JournalView {
  readonly lastId: number;
  entry(id: number): JournalEntry | undefined;
  /** All entries after `after`, a page at a time. */
  pages(after?: number): Iterable<readonly JournalEntry[]>;
}

/** Entries that are looked at at a time when it is looked back. */
const WINDOW = 1000;
/** What follows from an entry is looked for among so many after it, and told up to a number. */
const LOOKED_THROUGH = 20_000;
const MOST_FOLLOWED = 200;
const DEFAULT_LIMIT = 200;
const MOST_ENTRIES = 1000;
/** So that an answer fits into one message of the bus. */
const MOST_CHARACTERS = 200_000;

/** The journal of a store. */
export function journalOf(store: Store): JournalView {
  return {
    lastId: store.lastJournalId(),
    entry: (id) => {
      const [found] = store.journal({ after: id - 1, limit: 1 });
      return found?.id === id ? found : undefined;
    },
    *pages(after = 0) {
      for (;;) {
        const page = store.journal({ after, limit: WINDOW });
        const last = page.at(-1);
        if (!last) return;
        yield page;
        after = last.id;
      }
    },
  };
}

/**
 * What an entry means: `about` is its number, `last` for the last decision, or the name of what the last decision is wanted
 * of. Throws `value` where there is none.
 */
export function explain(journal: JournalView, about: string): Explanation {
  const entry = /^\d+$/.test(about) ? numbered(journal, Number(about)) : decisionAbout(journal, about);
  return { entry, causes: causesOf(journal, entry), followed: followedBy(journal, entry) };
}

/**
 * Entries that a query asks for, oldest first: with `after` the next ones, else the newest. They fit into one message, so
 * there may be fewer than asked for; `last` is where to go on from.
 */
export function select(journal: JournalView, query: JournalQuery): JournalPart {
  const { after, since = -Infinity, kinds, name } = query;
  const limit = Math.min(query.limit ?? DEFAULT_LIMIT, MOST_ENTRIES);
  const found: JournalEntry[] = [];
  let room = MOST_CHARACTERS;
  let last = after ?? journal.lastId;
  for (const entry of after === undefined ? backwards(journal) : forwards(journal, after)) {
    if (after === undefined && entry.at < since) break;
    const wanted =
      entry.at >= since && (!kinds || kinds.includes(entry.kind)) && (name === undefined || concerns(entry, name));
    room -= wanted ? JSON.stringify(entry).length : 0;
    if (wanted && found.length > 0 && (room < 0 || found.length >= limit)) break;
    if (after !== undefined) last = entry.id;
    if (wanted) found.push(entry);
  }
  return { entries: after === undefined ? found.reverse() : found, last };
}

function* forwards(journal: JournalView, after: number): Generator<JournalEntry> {
  for (const page of journal.pages(after)) yield* page;
}

function numbered(journal: JournalView, id: number): JournalEntry {
  const entry = journal.entry(id);
  if (entry) return entry;
  throw new AttituneError(
    'value',
    `The journal has no entry ${id}${id > journal.lastId ? `; its last one is ${journal.lastId}` : ': it may have been trimmed'}. See "attitune events".`,
  );
}

function decisionAbout(journal: JournalView, about: string): JournalEntry {
  let ordering: JournalEntry | undefined;
  for (const entry of backwards(journal)) {
    if (entry.kind !== 'decision') continue;
    if (about !== 'last') {
      if (concerns(entry, about)) return entry;
      // in which order things are started is no choice
    } else if (planOf(entry)?.answer !== 'order') return entry;
    else ordering ??= entry;
  }
  if (ordering) return ordering;
  const whom =
    about === 'last' ? 'No decision was made yet' : `No decision about "${about.slice(0, 100)}" stands in the journal`;
  throw new AttituneError('value', `${whom}. See "attitune events".`);
}

function* backwards(journal: JournalView): Generator<JournalEntry> {
  for (let to = journal.lastId; to > 0; to -= WINDOW) {
    const window: JournalEntry[] = [];
    for (const page of journal.pages(Math.max(0, to - WINDOW))) {
      window.push(...page.filter(({ id }) => id <= to));
      if ((page.at(-1)?.id ?? 0) >= to) break;
    }
    yield* window.reverse();
  }
}

function causesOf(journal: JournalView, entry: JournalEntry): readonly JournalEntry[] {
  const chain: JournalEntry[] = [];
  for (let at = entry; at.cause !== undefined && at.cause < at.id;) {
    const cause = journal.entry(at.cause);
    if (!cause) break;
    chain.unshift(cause);
    at = cause;
  }
  return chain;
}

function followedBy(journal: JournalView, entry: JournalEntry): readonly JournalEntry[] {
  const known = new Set([entry.id]);
  const followed: JournalEntry[] = [];
  let room = MOST_CHARACTERS;
  for (const page of journal.pages(entry.id)) {
    for (const one of page) {
      if (one.cause === undefined || !known.has(one.cause)) continue;
      known.add(one.id);
      followed.push(one);
      room -= JSON.stringify(one).length;
      if (room < 0 || followed.length >= MOST_FOLLOWED) return followed;
    }
    if ((page.at(-1)?.id ?? 0) > entry.id + LOOKED_THROUGH) break;
  }
  return followed;
}

interface KnownPlan {
  readonly answer?: string;
  readonly moves?: readonly { readonly vm: string; readonly from: string; readonly to: string }[];
  readonly recommended?: KnownPlan['moves'];
  readonly rejected?: readonly { readonly vm: string; readonly to?: string }[];
  readonly component?: string;
}

function planOf({ data }: JournalEntry): KnownPlan | undefined {
  return data?.['plan'] as KnownPlan | undefined;
}

/** Whether an entry is about something: its subject, or named in what was decided. */
function concerns(entry: JournalEntry, name: string): boolean {
  if (entry.subject === name) return true;
  const { event, effect, vm, from, to } = (entry.data ?? {}) as {
    readonly event?: { readonly component?: string };
    readonly effect?: { readonly names?: readonly string[] };
    readonly vm?: string;
    readonly from?: string;
    readonly to?: string;
  };
  const plan = planOf(entry);
  const moves = [...(plan?.moves ?? []), ...(plan?.recommended ?? []), ...(plan?.rejected ?? [])];
  return (
    [event?.component, plan?.component, vm, from, to].includes(name) ||
    effect?.names?.includes(name) === true ||
    moves.some((move) => move.vm === name || move.to === name || ('from' in move && move.from === name))
  );
}
