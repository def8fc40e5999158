import { AttituneError, type SourcePlace } from '../../model/errors.js';
import { parseDurationMs } from '../../model/quantity.js';
import { readTextFile } from '../../xml/index.js';

/** An event for a chart, so many milliseconds after the one before it. */
export interface PlannedEvent {
  readonly afterMs: number;
  /** Absent: time passes, and nothing is sent. */
  readonly name?: string;
  readonly data?: unknown;
}

/**
 * Reads the events of `attitune chart --events FILE`: one a line as `NAME` or `NAME JSON`, with `wait 5 s` between them and
 * `#` before comments; or a JSON array of `{"event": NAME, "data": …, "after": "5 s"}`. Throws an AggregateError of all
 * that is wrong, each with its place.
 */
export function readEvents(file: string): readonly PlannedEvent[] {
  const text = readTextFile(file);
  const errors: AttituneError[] = [];
  const events = text.trimStart().startsWith('[') ? jsonEvents(text, file, errors) : lineEvents(text, file, errors);
  if (errors.length > 0) throw new AggregateError(errors);
  return events;
}

function lineEvents(text: string, file: string, errors: AttituneError[]): readonly PlannedEvent[] {
  const events: PlannedEvent[] = [];
  let afterMs = 0;
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    const start = line.search(/\S/);
    if (start < 0 || line[start] === '#') continue;
    const place = { file, line: index + 1, column: start + 1 };
    attempt(errors, () => {
      const [, name = '', rest = ''] = /^(\S+)\s*(.*)$/.exec(line.trim()) ?? [];
      if (name === 'wait') {
        afterMs += parseDurationMs(rest, place);
        return;
      }
      const dataPlace = { ...place, column: start + 1 + line.trim().length - rest.length };
      events.push({ afterMs, name, ...(rest === '' ? {} : { data: json(rest, dataPlace) }) });
      afterMs = 0;
    });
  }
  return afterMs > 0 ? [...events, { afterMs }] : events;
}

function jsonEvents(text: string, file: string, errors: AttituneError[]): readonly PlannedEvent[] {
  const place = { file, line: 1, column: 1 };
  const list: unknown[] = [];
  attempt(errors, () => list.push(...(json(text, place) as unknown[])));
  const events: PlannedEvent[] = [];
  for (const [index, entry] of list.entries()) {
    attempt(errors, () => events.push(jsonEvent(entry, index, place)));
  }
  return events;
}

function jsonEvent(entry: unknown, index: number, place: SourcePlace): PlannedEvent {
  const { event, data, after } = (typeof entry === 'string' ? { event: entry } : (entry ?? {})) as Record<
    string,
    unknown
  >;
  if (typeof event !== 'string' || event === '') {
    throw new AttituneError('value', `entry ${index + 1} has no "event": write {"event": "NAME", "data": …}.`, {
      place,
    });
  }
  const afterMs = typeof after === 'number' ? after : typeof after === 'string' ? parseDurationMs(after, place) : 0;
  return { afterMs, name: event, ...(data === undefined ? {} : { data }) };
}

function json(text: string, place: SourcePlace): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new AttituneError('value', `the data of an event must be JSON: ${message}.`, { place, cause: error });
  }
}

function attempt(errors: AttituneError[], action: () => void): void {
  try {
    action();
  } catch (error) {
    errors.push(AttituneError.from(error));
  }
}
