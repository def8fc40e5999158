import { pathToFileURL } from 'node:url';
import { expect } from 'chai';
import { asset } from '../../../core/assets/package-root.js';

interface Arrow {
  readonly id: string;
  readonly from: string;
  readonly to: readonly string[];
  readonly events: readonly string[];
  readonly initial: boolean;
}
type Taken = (
  arrows: readonly Arrow[],
  before: readonly string[],
  after: readonly string[],
  event?: string,
) => string[];

const arrow = (id: string, from: string, to: string, events = '', initial = false): Arrow => ({
  ...{ id, from, to: to.split(' ').filter(Boolean), events: events.split(' ').filter(Boolean), initial },
});

const ARROWS = [
  arrow('t0', 'chart', 'a', '', true),
  arrow('t1', 'a', 'b', 'go'),
  arrow('t2', 'a', 'b', 'done.invoke'),
  arrow('t3', 'a', 'pick', 'error.*'),
  arrow('t4', 'pick', 'b'),
  arrow('t5', 'pick', 'c'),
  arrow('t6', 'b', 'both', 'fork'),
  arrow('t7', 'both', 'c', 'done.state.both'),
  arrow('t8', 'b', 'l2 r2', 'deep'),
  arrow('t9', 'a', 'b', 'go.on'),
  arrow('t10', 'a', '', 'tick'),
];

describe('transitions that the page lights', () => {
  let takenTransitions: Taken;
  before(async () => {
    const file = pathToFileURL(asset('core/console/page/taken.js')).href;
    ({ takenTransitions } = (await import(file)) as { takenTransitions: Taken });
  });

  for (const [what, before_, after, event, expected] of [
    ['where it starts', '', 'a', undefined, 't0'],
    ['the one that hears the event', 'a', 'b', 'go', 't1'],
    ['one that hears the beginning of its name', 'a', 'b', 'done.invoke.x', 't2'],
    ['several that only guards tell apart', 'a', 'b', 'go.on', 't1 t9'],
    ['a way over a state that is left at once', 'a', 'c', 'error.execution', 't3 t5'],
    ['a way that ends with the completion of a state', 'b', 'c', 'fork', 't6 t7'],
    ['one with several targets', 'b', 'both l l2 r r2', 'deep', 't8'],
    ['none where nothing leads there', 'c', 'a', 'go', ''],
    ['none where nothing was entered', 'a', 'a', 'tick', ''],
  ] as const) {
    it(`are ${what}`, () => {
      const words = (text: string) => text.split(' ').filter(Boolean);
      expect(takenTransitions(ARROWS, words(before_), words(after), event)).to.deep.equal(words(expected));
    });
  }
});
