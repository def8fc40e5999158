/**
 * What the console shows, as data, and how each message of the bus changes it. The browser loads the compiled form of
 * this very file, so that server and page cannot disagree; it therefore imports types only.
 */
import type { JournalEntry, Reading } from '../model/administration.js';
import type { Rejection } from '../placement/cluster.js';
import type { MigrationSnapshot, RequestSnapshot, SessionSnapshot, SystemSnapshot, Topics } from '../model/bus.js';

export const LIMITS = {
  journal: 500,
  /** Lines of reasons for one entry. */
  reasons: 8,
  windowMs: 600_000,
  /** Per series; a probe that reads more often than four times a second is kept for a shorter time. */
  points: 2400,
  series: 1000,
  endedSessions: 20,
  endedMigrations: 20,
} as const;

/** The topics that the console listens to. */
export const TOPICS = ['reading', 'journal', 'system', 'session', 'migration', 'requests'] as const;

export type ViewTopic = (typeof TOPICS)[number];

/** One message of the bus, with its topic. */
export type BusChange = { [T in ViewTopic]: readonly [topic: T, message: Topics[T]] }[ViewTopic];

/** The same as it is kept and sent to the page: see {@link shorten}. */
export type Change = Exclude<BusChange, readonly ['journal', unknown]> | readonly ['journal', JournalLine];

/** An entry of the journal with its reasons as lines, without its data. */
export interface JournalLine extends Omit<JournalEntry, 'data'> {
  readonly why: readonly string[];
}

export interface ViewState {
  /** The newest time that any message carried, in milliseconds since the epoch; 0 before the first. */
  readonly at: number;
  readonly system?: SystemSnapshot;
  /** Running ones and the last that ended, each as it was last heard of, in the order of that. */
  readonly sessions: readonly SessionSnapshot[];
  /** Likewise, one for each VM. */
  readonly migrations: readonly MigrationSnapshot[];
  /** Oldest first. */
  readonly journal: readonly JournalLine[];
  /** By `seriesKey`. */
  readonly series: Readonly<Record<string, Series>>;
  /** One for each second, oldest first. */
  readonly requests: readonly RequestSnapshot[];
}

/** The readings of one measure of one component. `values[i]` was read at `times[i]`; `null` where reading failed. */
export interface Series {
  readonly component: string;
  readonly measure: string;
  readonly unit: string;
  readonly times: readonly number[];
  readonly values: readonly (number | null)[];
}

export function initialState(): ViewState {
  return { at: 0, sessions: [], migrations: [], journal: [], series: {}, requests: [] };
}

export function seriesKey(component: string, measure: string): string {
  return `${measure} ${component}`;
}

/**
 * A message without what the page does not show. The data of an entry holds all that a decision saw, down to each host
 * and VM: far too much to send to each page for each of the last 500 entries.
 */
export function shorten(change: BusChange): Change {
  if (change[0] !== 'journal') return change;
  const { data, ...entry } = change[1];
  return ['journal', { ...entry, why: reasons(data) }];
}

/** `data.why` as text or texts, and each move that the plan in `data.plan` rejected. */
function reasons(data: JournalEntry['data']): string[] {
  const { why, plan } = (data ?? {}) as { why?: unknown; plan?: { rejected?: readonly Rejection[] } | null };
  const own = Array.isArray(why) ? why.map(String) : typeof why === 'string' ? why.split('\n') : [];
  const rejected = (plan?.rejected ?? []).map(
    ({ vm, to, detail }) => `rejected ${vm}${to === undefined ? '' : ` → ${to}`}: ${detail}`,
  );
  return [...own, ...rejected].filter((line) => line.trim() !== '').slice(0, LIMITS.reasons);
}

/** The state after one more message. Pure; what it keeps is bounded by {@link LIMITS}. */
export function reduce(state: ViewState, change: Change): ViewState {
  const at = Math.max(state.at, change[1].at);
  switch (change[0]) {
    case 'reading':
      return { ...state, at, series: withReading(state.series, change[1]) };
    case 'journal':
      return { ...state, at, journal: [...state.journal, change[1]].slice(-LIMITS.journal) };
    case 'system':
      return { ...state, at, system: change[1], series: withoutOld(state.series, change[1].at) };
    case 'session':
      return {
        ...state,
        at,
        sessions: latest(state.sessions, change[1], (session) => session.id, LIMITS.endedSessions),
      };
    case 'migration':
      return { ...state, at, migrations: latest(state.migrations, change[1], (one) => one.vm, LIMITS.endedMigrations) };
    case 'requests':
      return { ...state, at, requests: withRequests(state.requests, change[1]) };
  }
}

function withReading(all: ViewState['series'], reading: Reading): ViewState['series'] {
  const { component, measure, unit, at } = reading;
  const key = seriesKey(component, measure);
  const old = Object.hasOwn(all, key) ? all[key] : undefined;
  if (old && at <= (old.times.at(-1) ?? -Infinity)) return all;
  const value = typeof reading.value === 'number' && Number.isFinite(reading.value) ? reading.value : null;
  const times = [...(old?.times ?? []), at];
  const first = Math.max(firstWithin(times, at), times.length - LIMITS.points);
  const values = [...(old?.values ?? []), value].slice(first);
  const next = { ...all, [key]: { component, measure, unit, times: times.slice(first), values } };
  return old ? next : withinCount(next);
}

/** Without the series that were last read longest ago, where there are too many. */
function withinCount(all: ViewState['series']): ViewState['series'] {
  const entries = Object.entries(all);
  if (entries.length <= LIMITS.series) return all;
  entries.sort(([, a], [, b]) => (b.times.at(-1) ?? 0) - (a.times.at(-1) ?? 0));
  return Object.fromEntries(entries.slice(0, LIMITS.series));
}

/** Without the series of components that nobody has measured for the whole window. */
function withoutOld(all: ViewState['series'], now: number): ViewState['series'] {
  const alive = Object.entries(all).filter(([, { times }]) => (times.at(-1) ?? 0) >= now - LIMITS.windowMs);
  return alive.length === Object.keys(all).length ? all : Object.fromEntries(alive);
}

function withRequests(all: readonly RequestSnapshot[], snapshot: RequestSnapshot): readonly RequestSnapshot[] {
  const next = [...all, snapshot];
  const times = next.map(({ at }) => at);
  return next.slice(Math.max(firstWithin(times, snapshot.at), next.length - LIMITS.points));
}

/** Replaces what has the same key by `item`, puts it last, and forgets the oldest of those that ended. */
function latest<T extends { readonly status: string }>(
  all: readonly T[],
  item: T,
  key: (item: T) => string,
  ended: number,
): readonly T[] {
  const next = [...all.filter((other) => key(other) !== key(item)), item];
  const goesOn = ({ status }: T) => status === 'running' || status === 'waiting';
  let surplus = next.filter((one) => !goesOn(one)).length - ended;
  return surplus <= 0 ? next : next.filter((one) => goesOn(one) || surplus-- <= 0);
}

function firstWithin(times: readonly number[], now: number): number {
  const index = times.findIndex((time) => time >= now - LIMITS.windowMs);
  return index < 0 ? times.length : index;
}
