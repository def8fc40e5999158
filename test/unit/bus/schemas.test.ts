import { expect } from 'chai';
import fc from 'fast-check';
import * as v from 'valibot';
import { bodySchema, QUESTION_SCHEMAS, TOPIC_SCHEMAS } from '../../../core/bus/schemas.js';
import type { EnvelopeKind } from '../../../core/bus/envelope.js';
import { QUESTION_BODIES, TOPIC_MESSAGES } from './messages.js';

/** What the wire does to a message. */
function carried(body: unknown): unknown {
  return JSON.parse(JSON.stringify(body));
}

/** Every form with the bodies that its type allows. */
function bodies(): readonly (readonly [EnvelopeKind, string, fc.Arbitrary<unknown>])[] {
  return [
    ...Object.entries(TOPIC_MESSAGES).map(([name, message]) => ['tell', name, message] as const),
    ...Object.entries(QUESTION_BODIES).flatMap(([name, { asks, answers }]) => [
      ['ask', name, asks] as const,
      ['answer', name, answers] as const,
    ]),
  ];
}

describe('forms of messages', () => {
  it('are there for everything that is tried here, and only for that', () => {
    expect(Object.keys(TOPIC_SCHEMAS)).to.have.members(Object.keys(TOPIC_MESSAGES));
    expect(Object.keys(QUESTION_SCHEMAS)).to.have.members(Object.keys(QUESTION_BODIES));
    for (const name of ['', 'no.such', 'toString', '__proto__', 'constructor'])
      for (const kind of ['tell', 'ask', 'answer', 'refuse'] as const)
        expect(bodySchema(kind, name)).to.equal(undefined);
  });

  for (const [kind, name, body] of bodies()) {
    const form = () => bodySchema(kind, name) ?? expect.fail(`there is no form of ${kind} ${name}`);

    it(`take every ${name} (${kind}) as it is`, () => {
      fc.assert(
        fc.property(body, (each) => {
          const parsed = v.safeParse(form(), carried(each));
          expect(parsed.issues?.map((issue) => `${v.getDotPath(issue) ?? ''} ${issue.message}`)).to.equal(undefined);
          expect(parsed.output).to.deep.equal(carried(each));
        }),
        { numRuns: 60 },
      );
    });

    it(`refuse ${name} (${kind}) with a field too many, and what is no object`, () => {
      fc.assert(
        fc.property(body, (each) => {
          expect(v.is(form(), { ...(carried(each) as object), 'no such field': 1 })).to.equal(false);
        }),
        { numRuns: 10 },
      );
      for (const other of [null, 1, 'text', true, [{}]]) expect(v.is(form(), other)).to.equal(false);
    });
  }

  it('never throw, whatever comes', () => {
    const forms = bodies().map(([kind, name]) => bodySchema(kind, name));
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        for (const form of forms) if (form) v.is(form, value);
      }),
    );
  });

  it('bound what is in a message', () => {
    const reading = { probe: 'p', measure: 'm', component: 'c', unit: '', at: 1, durationMs: 0 };
    const is = (change: object) => v.is(TOPIC_SCHEMAS.reading, { ...reading, ...change });
    expect(is({})).to.equal(true);
    for (const wrong of [
      { probe: '' },
      { probe: 'p'.repeat(256) },
      { component: 'two\nlines' },
      { component: 'bell\u0007' },
      { value: Infinity },
      { value: NaN },
      { value: '1' },
      { value: null },
      { durationMs: -1 },
      { failure: 'x'.repeat(65_537) },
    ])
      expect(is(wrong), JSON.stringify(wrong).slice(0, 60)).to.equal(false);
  });

  it('let no process be signalled but a single one, and nothing be run that is no command', () => {
    const asks = QUESTION_SCHEMAS['agent.execute'].asks;
    const signal = (pid: unknown, name = 'SIGTERM') => v.is(asks, { key: 'k', method: 'signal', pid, name });
    expect(signal(1234)).to.equal(true);
    for (const pid of [0, -1, 1.5, 2 ** 31, '1', null]) expect(signal(pid), String(pid)).to.equal(false);
    expect(signal(1234, 'KILL')).to.equal(false);
    const run = (command: object) => v.is(asks, { key: 'k', method: 'run', command });
    expect(run({ argv: ['ls', ''] })).to.equal(true);
    for (const wrong of [
      { argv: [] },
      { argv: [''] },
      { argv: 'ls' },
      { argv: ['ls', 1] },
      { argv: ['ls', 'a\0b'] },
      { argv: ['ls'], env: { 'A=B': 'c' } },
      { argv: ['ls'], timeoutMs: 0 },
      { argv: ['ls'], shell: true },
    ])
      expect(run(wrong), JSON.stringify(wrong)).to.equal(false);
  });
});
