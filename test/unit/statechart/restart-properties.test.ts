import { expect } from 'chai';
import fc from 'fast-check';
import { scxml } from './harness.js';
import { MortalManager } from './restart-harness.js';

/** Content that leaves something behind: variables, timers, operations, messages, invoked diagrams. */
const CONTENT = [
  '<assign location="n" expr="n + 1"/>',
  '<assign location="list[list.length]" expr="{n: n, self: list, nan: NaN}"/>',
  '<send event="e" delayexpr="(10 * (n % 7 + 1)) + \'ms\'"/>',
  '<send event="f" delay="30ms" id="timer"/>',
  '<send event="g"/>',
  '<raise event="f"/>',
  '<cancel sendid="timer"/>',
  '<log label="n" expr="n"/>',
  '<send type="attitune" event="alarm"><param name="arg" expr="n"/></send>',
  '<send type="attitune" event="later" delay="20ms"/>',
  '<at:set path="this.x" expr="n"/>',
  '<script>seen[n] = new Date(n); counter.add(n);</script>',
];

const INVOKES = [
  '<invoke type="attitune" src="a.start"/>',
  '<invoke id="fix" type="attitune" src="b.start"><param name="n" expr="n"/></invoke>',
  `<invoke id="child" autoforward="true"><param name="k" expr="n"/><content><scxml version="1.0">
    <datamodel><data id="k" expr="0"/></datamodel>
    <state id="x"><onentry><send target="#_parent" event="g"/><send event="tick" delay="15ms"/></onentry>
      <onexit><log label="left" expr="k"/></onexit>
      <transition event="tick"><assign location="k" expr="k + 1"/><log label="k" expr="k"/><send event="tick" delay="15ms"/></transition>
      <transition event="f" cond="k &gt; 2" target="y"/></state>
    <final id="y"><donedata><param name="k" expr="k"/></donedata></final></scxml></content><finalize><log label="final" expr="_event.name"/></finalize></invoke>`,
];

interface State {
  readonly parallel: boolean;
  readonly content: readonly number[];
  readonly invoke: number;
  readonly transitions: readonly {
    readonly event: number;
    readonly target: number;
    readonly content: readonly number[];
  }[];
  readonly children: readonly State[];
}

const EVENTS = ['e', 'f', 'g', 'done.invoke', 'error'];
const content = fc.array(fc.nat(CONTENT.length - 1), { maxLength: 2 });
const state = (depth: number): fc.Arbitrary<State> =>
  fc.record({
    parallel: fc.boolean(),
    content,
    invoke: fc.nat(8),
    transitions: fc.array(fc.record({ event: fc.nat(EVENTS.length - 1), target: fc.nat(50), content }), {
      maxLength: 3,
    }),
    children: depth === 0 ? fc.constant([]) : fc.array(state(depth - 1), { maxLength: 2 }),
  });

/** The guards end what would go on for ever: events that a chart sends itself, children that are started again. */
function write(roots: readonly State[]): string {
  let all = 0;
  const count = (given: readonly State[]): number => given.reduce((sum, { children }) => sum + 1 + count(children), 0);
  const total = count(roots);
  const one = ({ parallel, content: entry, invoke, transitions, children }: State): string => {
    const id = `s${all++}`;
    const kind = parallel && children.length > 0 ? 'parallel' : 'state';
    const arrows = transitions.map(
      ({ event, target, content: inner }) =>
        `<transition event="${EVENTS[event] ?? ''}" cond="spend()" target="s${target % total}">${inner.map((n) => CONTENT[n]).join('')}</transition>`,
    );
    const history =
      children.length > 0
        ? `<history id="h${id}" type="deep"><transition target="s${all}"/></history><transition event="back" cond="spend()" target="h${id}"/>`
        : '';
    return `<${kind} id="${id}"><onentry>${entry.map((n) => CONTENT[n]).join('')}</onentry>${INVOKES[invoke] ?? ''}${arrows.join('')}${history}${children.map(one).join('')}</${kind}>`;
  };
  return scxml(`<datamodel><data id="n" expr="0"/><data id="list" expr="[]"/><data id="seen" expr="({})"/></datamodel>
    <script>var spent = 0; function spend() { spent += 1; return spent &lt; 40; }
    const counter = { sum: 0n, add(by) { this.sum += BigInt(by); } }; let made = [undefined, -0, /x/g, new Map([[1, list]])];</script>
    ${roots.map(one).join('')}`);
}

type Action = { readonly send: string } | { readonly wait: number } | { readonly settle: 'done' | 'failed' };

const action: fc.Arbitrary<Action> = fc.oneof(
  fc.record({ send: fc.constantFrom('e', 'f', 'g', 'back') }),
  fc.record({ wait: fc.constantFrom(5, 10, 15, 40) }),
  fc.record({ settle: fc.constantFrom<'done' | 'failed'>('done', 'failed') }),
);

async function act(manager: MortalManager, given: Action): Promise<void> {
  if ('send' in given) await manager.send(given.send);
  else if ('wait' in given) await manager.clock.advance(given.wait);
  else await manager.settle(given.settle);
}

/** As {@link act}; a manager that dies of it is replaced at the same instant. */
async function actAndRise(manager: MortalManager, given: Action): Promise<void> {
  const { clock } = manager;
  if (!('wait' in given)) await act(manager, given);
  const until = clock.now() + ('wait' in given ? given.wait : 0);
  for (;;) {
    if (manager.dead) await manager.restart();
    const due = Math.min(until, clock.nextDueAt ?? Infinity);
    if (clock.now() >= until && due >= until && (clock.nextDueAt ?? Infinity) > until) return;
    await clock.advance(due - clock.now());
  }
}

function seen({ session, effects }: MortalManager): unknown {
  const { configuration } = session;
  return { configuration, variables: session.variables(), effects: [...effects] };
}

const BOUNDED = { unhandledErrors: 'ignore', mostMicrosteps: 200 } as const;

describe('statechart: restart, as properties', function () {
  this.timeout(120_000);
  const chart = fc.array(state(2), { minLength: 1, maxLength: 3 }).map(write);

  it('goes on as if nothing had been, wherever it is interrupted between two steps', async () => {
    await fc.assert(
      fc.asyncProperty(chart, fc.array(action, { maxLength: 8 }), async (text, actions) => {
        const straight = new MortalManager(text, BOUNDED);
        const restarted = new MortalManager(text, BOUNDED);
        await straight.clock.advance(0);
        await restarted.clock.advance(0);
        for (const given of actions) {
          if (restarted.checkpoints.length > 400) break;
          await restarted.restart();
          expect(seen(restarted)).to.deep.equal(seen(straight));
          await act(straight, given);
          await act(restarted, given);
        }
        expect(seen(restarted)).to.deep.equal(seen(straight));
        straight.session.stop();
        restarted.session.stop();
      }),
      { numRuns: 40, seed: 2 },
    );
  });

  it('goes on as if nothing had been, wherever it dies between a checkpoint and what follows it', async () => {
    const moment = fc.integer({ min: 1, max: 6 });
    await fc.assert(
      fc.asyncProperty(chart, fc.array(fc.tuple(action, moment), { maxLength: 8 }), async (text, actions) => {
        const straight = new MortalManager(text, BOUNDED);
        const mortal = new MortalManager(text, BOUNDED);
        await straight.clock.advance(0);
        await mortal.clock.advance(0);
        for (const [given, checkpoints] of actions) {
          if (mortal.checkpoints.length > 400) break;
          mortal.dieAtCheckpoint(checkpoints);
          await act(straight, given);
          await actAndRise(mortal, given);
          expect(seen(mortal)).to.deep.equal(seen(straight));
        }
        straight.session.stop();
        mortal.session.stop();
      }),
      { numRuns: 40, seed: 7 },
    );
  });
});
