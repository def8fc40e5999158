import { expect } from 'chai';
import fc from 'fast-check';
import { AgentWatch } from '../../../../core/loop/agents/agent-watch.js';

type Step =
  | { readonly do: 'beat'; readonly agent: string; readonly everyMs?: number }
  | { readonly do: 'pass'; readonly ms: number }
  | { readonly do: 'sleep'; readonly ms: number }
  | { readonly do: 'lose' }
  | { readonly do: 'connect' };

const EVERY = 1000;
const CHECK = 100;
const SETTINGS = { misses: 3, graceMs: 200, checkEveryMs: CHECK };
/** After so much silence an agent has failed. */
const LIMIT = 3 * EVERY + 200;

const beat = (agent = 'host1', everyMs?: number): Step => ({
  do: 'beat',
  agent,
  ...(everyMs === undefined ? {} : { everyMs }),
});
const pass = (ms: number): Step => ({ do: 'pass', ms });

interface Told {
  readonly at: number;
  readonly what: string;
}

/** Plays steps on a watch of host1 and host2; time begins at 0. */
function play(steps: readonly Step[]): readonly Told[] {
  const watch = new AgentWatch(['host1', 'host2'], 0, SETTINGS);
  const told: Told[] = [];
  let now = 0;
  for (const step of steps) {
    if (step.do === 'beat') {
      const change = watch.heard(step.agent, step.everyMs ?? EVERY, now);
      if (change) told.push({ at: now, what: `${change} ${step.agent}` });
    } else if (step.do === 'lose' || step.do === 'connect') watch.connection(step.do === 'connect', now);
    else {
      const until = now + step.ms;
      if (step.do === 'sleep') now = until;
      for (; ; now += CHECK) {
        for (const { agent } of watch.check(now)) told.push({ at: now, what: `failed ${agent}` });
        if (now + CHECK > until) break;
      }
      now = until;
    }
  }
  return told;
}

const texts = (steps: readonly Step[]) => play(steps).map(({ at, what }) => `${at} ${what}`);

describe('the watch of agents', () => {
  const cases: readonly { readonly name: string; readonly steps: readonly Step[]; readonly told: readonly string[] }[] =
    [
      { name: 'waits for who was never heard, however long', steps: [pass(600_000)], told: [] },
      {
        name: 'tells an agent that falls silent once, when three heartbeats and the grace have passed',
        steps: [beat(), pass(60_000)],
        told: ['0 first host1', `${LIMIT} failed host1`],
      },
      {
        name: 'is content with late heartbeats',
        steps: [beat(), pass(LIMIT - CHECK), beat(), pass(LIMIT - CHECK), beat(), pass(1000)],
        told: ['0 first host1'],
      },
      {
        name: 'tells the return, and the next silence again',
        steps: [beat(), pass(5000), beat(), beat(), pass(5000)],
        told: ['0 first host1', `${LIMIT} failed host1`, '5000 back host1', `${5000 + LIMIT} failed host1`],
      },
      {
        name: 'goes by the interval that the agent told last',
        steps: [beat(), beat('host1', 10_000), pass(30_000), pass(1000)],
        told: ['0 first host1', '30200 failed host1'],
      },
      {
        name: 'fails nobody while its own connection is lost, and gives all their time anew after that',
        steps: [beat(), beat('host2'), { do: 'lose' }, pass(60_000), { do: 'connect' }, pass(3000), beat(), pass(1000)],
        told: ['0 first host1', '0 first host2', `${60_000 + LIMIT} failed host2`],
      },
      {
        name: 'fails nobody because it slept itself',
        steps: [beat(), pass(1000), { do: 'sleep', ms: 3_600_000 }, pass(1000), beat(), pass(1000)],
        told: ['0 first host1'],
      },
      {
        name: 'ends by itself the wait for an agent that names an interval without end',
        steps: [beat('host1', 1e15), pass(1_800_000), pass(1000)],
        told: ['0 first host1', '1800200 failed host1'],
      },
      { name: 'does not know who is none of its hosts', steps: [beat('stranger'), pass(60_000)], told: [] },
    ];
  for (const { name, steps, told } of cases) it(name, () => expect(texts(steps)).to.deep.equal(told));

  it('is not confused by a clock that is set back', () => {
    const watch = new AgentWatch(['host1'], 1_000_000, SETTINGS);
    watch.heard('host1', EVERY, 1_000_000);
    for (let now = 500_000; now < 500_000 + LIMIT; now += CHECK) expect(watch.check(now)).to.deep.equal([]);
    expect(watch.check(500_000 + LIMIT)).to.have.length(1);
  });

  it('tells what was last heard', () => {
    const watch = new AgentWatch(['host1'], 0, { ...SETTINGS, checkEveryMs: 10_000 });
    watch.heard('host1', EVERY, 500);
    expect(watch.check(4500)).to.deep.equal([{ agent: 'host1', lastAt: 500, everyMs: EVERY, missed: 4 }]);
  });

  it('tells exactly one failure for each silence, and none while it cannot hear', () => {
    const step: fc.Arbitrary<Step> = fc.oneof(
      { weight: 4, arbitrary: fc.constantFrom('host1', 'host2').map((agent) => beat(agent)) },
      { weight: 4, arbitrary: fc.integer({ min: 1, max: 60 }).map((n) => pass(n * CHECK)) },
      fc.integer({ min: 30, max: 100 }).map((n): Step => ({ do: 'sleep', ms: n * CHECK })),
      fc.constant<Step>({ do: 'lose' }),
      fc.constant<Step>({ do: 'connect' }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const told = play(steps);
        for (const agent of ['host1', 'host2'])
          expect(told.filter(({ what }) => what.endsWith(agent))).to.deep.equal(expected(agent, steps));
      }),
      { numRuns: 500 },
    );
  });
});

/** The same by another way: the stretches of time in which everything could be heard, and the silences in each. */
function expected(agent: string, steps: readonly Step[]): readonly Told[] {
  const told: Told[] = [];
  let now = 0;
  let connected = true;
  let silentFor: number | undefined;
  let failed = false;
  for (const step of steps) {
    switch (step.do) {
      case 'beat':
        if (step.agent !== agent) break;
        if (silentFor === undefined) told.push({ at: now, what: `first ${agent}` });
        else if (failed) told.push({ at: now, what: `back ${agent}` });
        silentFor = 0;
        failed = false;
        break;
      case 'lose':
        connected = false;
        break;
      case 'connect':
        if (!connected && silentFor !== undefined) silentFor = 0;
        connected = true;
        break;
      case 'sleep':
        now += step.ms;
        if (silentFor !== undefined) silentFor = 0;
        break;
      case 'pass': {
        const heardFor = silentFor ?? 0;
        if (silentFor !== undefined && !failed && connected && heardFor + step.ms >= LIMIT) {
          failed = true;
          told.push({ at: now + Math.max(0, LIMIT - heardFor), what: `failed ${agent}` });
        }
        if (silentFor !== undefined) silentFor = heardFor + step.ms;
        now += step.ms;
      }
    }
  }
  return told;
}
