import { expect } from 'chai';
import fc from 'fast-check';
import type { Reading } from '../../../core/model/administration.js';
import type { MigrationSnapshot, RequestSnapshot, SessionSnapshot } from '../../../core/model/bus.js';
import {
  initialState,
  LIMITS,
  reduce,
  seriesKey,
  shorten,
  type Change,
  type JournalLine,
  type ViewState,
} from '../../../core/console/view-state.js';

const T = 1_700_000_000_000;

function after(...changes: Change[]): ViewState {
  return changes.reduce(reduce, initialState());
}

function reading(at: number, value?: number, component = 'host1', measure = 'cpu'): Change {
  const message: Reading = {
    probe: 'p',
    measure,
    component,
    unit: 'ratio',
    at,
    durationMs: 1,
    ...(value === undefined ? {} : { value }),
  };
  return ['reading', message];
}

function entry(id: number): Change {
  return ['journal', { id, at: T + id, kind: 'event', subject: 'host1', text: `entry ${id}`, why: [] }];
}

function session(id: string, status: SessionSnapshot['status'], at = T): Change {
  return ['session', { id, diagram: 'relieve', file: '/srv/relieve.scxml', configuration: ['move'], status, at }];
}

function migration(vm: string, fraction: number, status: MigrationSnapshot['status'] = 'running'): Change {
  return ['migration', { vm, from: 'host1', to: 'host2', fraction, status, at: T }];
}

function requests(at: number): Change {
  const message: RequestSnapshot = { at, phase: 'calm', perSecond: 10, failed: 0, p95Ms: 20 };
  return ['requests', message];
}

describe('the state of the console', () => {
  it('keeps readings by component and measure, a failed one as null', () => {
    const state = after(reading(T, 0.2), reading(T + 1000), reading(T + 2000, 0.4), reading(T, 5, 'host1', 'load'));
    expect(state.series[seriesKey('host1', 'cpu')]).to.deep.equal({
      component: 'host1',
      measure: 'cpu',
      unit: 'ratio',
      times: [T, T + 1000, T + 2000],
      values: [0.2, null, 0.4],
    });
    expect(Object.keys(state.series)).to.have.length(2);
  });

  it('takes an impossible value as none, and leaves out what comes late or twice', () => {
    const state = after(reading(T, NaN), reading(T + 1000, Infinity), reading(T + 500, 0.5), reading(T + 1000, 0.5));
    expect(state.series[seriesKey('host1', 'cpu')]).to.deep.include({ times: [T, T + 1000], values: [null, null] });
  });

  it('keeps ten minutes of readings, and a bounded number of them', () => {
    const slow = after(...Array.from({ length: 700 }, (_, second) => reading(T + second * 1000, 0.5)));
    const { times } = slow.series[seriesKey('host1', 'cpu')]!;
    expect(times).to.have.length(601);
    expect(times[0]).to.equal(T + 99_000);
    const fast = after(...Array.from({ length: LIMITS.points + 50 }, (_, tick) => reading(T + tick, tick)));
    const series = fast.series[seriesKey('host1', 'cpu')]!;
    expect(series.times).to.have.length(LIMITS.points);
    expect(series.values).to.have.length(LIMITS.points);
    expect(series.values.at(-1)).to.equal(LIMITS.points + 49);
  });

  it('forgets components that are measured no more, and keeps a bounded number', () => {
    const late = T + LIMITS.windowMs + 1;
    const system: Change = ['system', { at: late, name: 'web', components: [], bindings: [] }];
    const state = after(reading(T, 1, 'gone'), reading(late, 1, 'here'), system);
    expect(Object.values(state.series).map(({ component }) => component)).to.deep.equal(['here']);
    const many = after(...Array.from({ length: LIMITS.series + 5 }, (_, index) => reading(T + index, 1, `c${index}`)));
    expect(Object.keys(many.series)).to.have.length(LIMITS.series);
    expect(many.series).to.have.property(seriesKey(`c${LIMITS.series + 4}`, 'cpu'));
  });

  it('is not confused by a component called like a property of every object', () => {
    const state = after(reading(T, 1, '__proto__', 'constructor'), reading(T, 1, 'toString', ''));
    expect(Object.values(state.series)).to.have.length(2);
  });

  it('keeps the last entries of the journal in their order', () => {
    const state = after(...Array.from({ length: LIMITS.journal + 20 }, (_, index) => entry(index + 1)));
    expect(state.journal).to.have.length(LIMITS.journal);
    expect(state.journal[0]?.id).to.equal(21);
    expect(state.journal.at(-1)?.id).to.equal(LIMITS.journal + 20);
  });

  it('keeps each session as it was last heard of, and the last heard of last', () => {
    const state = after(session('a', 'running'), session('b', 'running'), session('a', 'final', T + 5));
    expect(state.sessions.map(({ id, status }) => `${id} ${status}`)).to.deep.equal(['b running', 'a final']);
  });

  it('forgets the oldest ended sessions, never a running one', () => {
    const ended = Array.from({ length: LIMITS.endedSessions + 3 }, (_, index) => session(`s${index}`, 'final'));
    const state = after(session('policy', 'running'), ...ended);
    expect(state.sessions).to.have.length(LIMITS.endedSessions + 1);
    expect(state.sessions[0]?.id).to.equal('policy');
    expect(state.sessions[1]?.id).to.equal('s3');
  });

  it('forgets no migration that waits for its turn, however many ended', () => {
    const ended = Array.from({ length: LIMITS.endedMigrations + 5 }, (_, n) => migration(`vm${n}`, 1, 'done'));
    const { migrations } = after(migration('patient', 0, 'waiting'), ...ended);
    expect(migrations[0]).to.include({ vm: 'patient', status: 'waiting' });
    expect(migrations).to.have.length(LIMITS.endedMigrations + 1);
  });

  it('keeps one migration for each VM', () => {
    const state = after(migration('a', 0.2), migration('b', 0.1), migration('a', 0.9), migration('b', 1, 'done'));
    expect(state.migrations.map(({ vm, fraction, status }) => [vm, fraction, status])).to.deep.equal([
      ['a', 0.9, 'running'],
      ['b', 1, 'done'],
    ]);
  });

  it('keeps ten minutes of requests', () => {
    const state = after(...Array.from({ length: 700 }, (_, second) => requests(T + second * 1000)));
    expect(state.requests).to.have.length(601);
  });

  it('knows the newest time of all messages', () => {
    expect(initialState().at).to.equal(0);
    expect(after(entry(5), requests(T + 3)).at).to.equal(T + 5);
  });

  it('never changes an earlier state, and survives JSON', () => {
    const change = fc.oneof(
      fc
        .tuple(fc.nat(50), fc.double({ noNaN: true }), fc.constantFrom('a', 'b'))
        .map(([at, value, name]) => reading(T + at, value, name)),
      fc.nat(50).map(entry),
      fc
        .tuple(fc.constantFrom('a', 'b'), fc.constantFrom('running' as const, 'final' as const))
        .map(([id, status]) => session(id, status)),
      fc
        .tuple(fc.constantFrom('a', 'b'), fc.double({ min: 0, max: 1, noNaN: true }))
        .map(([vm, fraction]) => migration(vm, fraction)),
      fc.nat(50).map((at) => requests(T + at)),
    );
    fc.assert(
      fc.property(fc.array(change, { maxLength: 30 }), (changes) => {
        let state = initialState();
        for (const one of changes) {
          const before = JSON.stringify(state);
          const next = reduce(state, one);
          expect(JSON.stringify(state)).to.equal(before);
          state = next;
        }
        expect(JSON.parse(JSON.stringify(state))).to.deep.equal(JSON.parse(JSON.stringify({ ...state })));
      }),
      { numRuns: 60 },
    );
  });
});

describe('what the console keeps of a journal entry', () => {
  const entryOf = (data?: Record<string, unknown>) =>
    shorten([
      'journal',
      { id: 1, at: T, kind: 'decision', subject: 'vm', text: 'moved', cause: 3, ...(data ? { data } : {}) },
    ]);

  it('is everything but its data', () => {
    const change = entryOf({ plan: { rejected: [] }, cluster: { hosts: [1, 2, 3] } });
    expect(change).to.deep.equal([
      'journal',
      { id: 1, at: T, kind: 'decision', subject: 'vm', text: 'moved', cause: 3, why: [] },
    ]);
  });

  it('has reasons as lines, from a text, from texts and from what a plan rejected', () => {
    const why = (data?: Record<string, unknown>) => (entryOf(data)[1] as JournalLine).why;
    expect(why()).to.deep.equal([]);
    expect(why({ why: 'one\n\ntwo' })).to.deep.equal(['one', 'two']);
    expect(why({ why: ['one', 2] })).to.deep.equal(['one', '2']);
    const rejected = [
      { vm: 'Machine_2', to: 'host2', rule: 'would-overload', detail: 'it has 0.1 CPU free' },
      { vm: 'Machine_3', rule: 'no-gain', detail: 'nothing would change' },
    ];
    expect(why({ plan: { rejected } })).to.deep.equal([
      'rejected Machine_2 → host2: it has 0.1 CPU free',
      'rejected Machine_3: nothing would change',
    ]);
    expect(why({ plan: null, why: 7 })).to.deep.equal([]);
    expect(why({ why: Array.from({ length: 50 }, () => 'again') })).to.have.length(LIMITS.reasons);
  });

  it('leaves other messages as they are', () => {
    const change = reading(T, 1) as Parameters<typeof shorten>[0];
    expect(shorten(change)).to.equal(change);
  });
});
