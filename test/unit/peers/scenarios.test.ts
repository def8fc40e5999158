import { expect } from 'chai';
import type { ChoiceKind } from '../../../core/peers/choice.js';
import { diagramOf, libraryDiagram, PeerWorld, vm, type PeerPlan } from '../../support/peer-world.js';

const policyOf = (name: string, overloaded: string, underloaded: string) =>
  diagramOf(`<scxml xmlns="http://www.w3.org/2005/07/scxml" version="1.0" name="${name}" datamodel="ecmascript">
    <state id="peer" initial="idle">
      <transition event="readings" cond="${overloaded}" target="overloaded"/>
      <transition event="readings" cond="${underloaded}" target="underloaded"/>
      <transition event="readings" target="idle"/>
      <state id="idle"/><state id="overloaded"/><state id="underloaded"/>
    </state></scxml>`);

const balance = libraryDiagram('peer-balance');
const keepCount = libraryDiagram('peer-keep-count');
const leave = libraryDiagram('peer-leave');
const byMemory = { load: '1e9', loadLow: '0', memory: '768', memoryLow: '512' };
const machine = { cpus: 8, memoryMiB: 4096 };

interface Story {
  readonly plans: readonly PeerPlan[];
  /** How many VMs each host has in the end, or which. */
  readonly end: (distribution: Readonly<Record<string, readonly string[]>>) => unknown;
  readonly expected: unknown;
  readonly moves: number;
}

const counts: Story['end'] = (distribution) => Object.values(distribution).map((names) => names.length);

/** The usage scenarios 5.1 to 5.4 of Vichos (2011). */
const STORIES: Readonly<Record<string, Story>> = {
  'scenario 1, load': {
    plans: ['hp1', 'hp2', 'hp3', 'hp4'].map((name) => ({
      ...{ name, policy: balance, ...machine },
      vms: name === 'hp1' ? [1, 2, 3, 4].map((each) => vm(`okvm${each}`, 512, 1)) : [],
    })),
    ...{ end: counts, expected: [1, 1, 1, 1], moves: 3 },
  },
  'scenario 2, memory': {
    plans: ['hp1', 'hp2', 'hp3', 'hp4'].map((name) => ({
      ...{ name, policy: balance, parameters: byMemory, ...machine },
      vms:
        { hp2: [vm('okvm1', 512, 0), vm('okvm2', 512, 0)], hp3: [vm('okvm3', 512, 0), vm('okvm4', 512, 0)] }[name] ??
        [],
    })),
    ...{ end: counts, expected: [1, 1, 1, 1], moves: 2 },
  },
  'scenario 3, shutdown': {
    plans: ['hp1', 'hp2', 'hp3', 'hp4'].map((name, index) => ({
      ...{ name, policy: name === 'hp1' ? leave : keepCount, ...machine },
      vms: (index === 0 ? [1, 2, 3] : [2 * index + 2, 2 * index + 3]).map((each) => vm(`okvm${each}`, 512, 0)),
    })),
    ...{ end: counts, expected: [0, 3, 3, 3], moves: 3 },
  },
  'scenario 4, a goal each': {
    plans: [
      { name: 'hp1', policy: leave, ...machine, vms: [vm('okvm1', 512, 1), vm('okvm3', 1536, 0)] },
      {
        name: 'hp2',
        policy: policyOf('cpu', '_event.data.totalVmMemory &gt; 1024', '_event.data.cpuLoadOne &lt; 1.5'),
        ...machine,
      },
      {
        ...{ name: 'hp3', ...machine },
        policy: policyOf(
          'memory',
          '_event.data.totalVmMemory &gt;= 2048 &amp;&amp; _event.data.cpuLoadOne &gt; 0.5',
          '_event.data.totalVmMemory &lt; 2048',
        ),
      },
      { name: 'hp4', policy: leave, ...machine, vms: [vm('okvm2', 512, 1), vm('okvm4', 1536, 0)] },
    ],
    end: (distribution) => distribution,
    expected: { hp1: [], hp2: ['okvm1', 'okvm2'], hp3: ['okvm3', 'okvm4'], hp4: [] },
    moves: 4,
  },
};

describe('peers in the scenarios of the seed', function () {
  this.timeout(120_000);
  for (const [name, { plans, end, expected, moves }] of Object.entries(STORIES)) {
    for (const choice of ['simulated', 'random'] satisfies ChoiceKind[]) {
      it(`${name}: end as they must from 20 seeds, with the choice ${choice}`, async () => {
        const counted: number[] = [];
        for (let seed = 1; seed <= 20; seed += 1) {
          const world = await PeerWorld.of(plans, seed, { choice });
          await world.clock.advance(20 * 60_000);
          await world.close();
          expect(end(world.distribution), `seed ${seed}:\n${world.notices.join('\n')}`).to.deep.equal(expected);
          counted.push(world.moves);
        }
        if (choice === 'simulated') expect(counted).to.deep.equal(counted.map(() => moves));
        if (process.env['PEER_TIMES']) console.log(choice, counted.join(' '));
      });
    }
  }
});
