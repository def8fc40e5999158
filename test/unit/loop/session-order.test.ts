import { expect } from 'chai';
import fc from 'fast-check';
import { delay } from '../../../core/model/clock.js';
import { AttituneError } from '../../../core/model/errors.js';
import { association, componentClass, deploymentOf } from '../../support/deployments.js';
import { loopOf, wrapperOf } from '../../support/loop.js';
import { bindStep, eventOf, procedureOf, type Step } from '../../support/procedures.js';

const DEPLOYMENT = deploymentOf({
  classes: [
    componentClass('Apache', { initial: 3 }),
    componentClass('Machine', { wrapper: 'virtual-machine', initial: 3 }),
    componentClass('Tomcat', { inside: 'Machine' }),
    componentClass('Lone', { initial: 0 }),
  ],
  associations: [association('workers', 'Apache', '0..2', 'Tomcat', '1..3')],
});
const NAMES = [
  'Apache_1',
  'Apache_2',
  'Apache_3',
  'Machine_1',
  'Machine_2',
  'Machine_3',
  'Tomcat_1',
  'Tomcat_2',
  'Tomcat_3',
];

interface Span {
  readonly component: string;
  readonly operation: string;
  readonly from: number;
  readonly to: number;
}

/** A loop whose operations take as many tenths of a second as `durations` say in turn; every seventh fails. */
function world(durations: readonly number[]) {
  const spans: Span[] = [];
  let count = 0;
  const wrappers = wrapperOf(
    async (operation, { component, infrastructure: { clock }, signal }) => {
      const from = clock.now();
      const number = count++;
      try {
        await delay(clock, 100 * (1 + (durations[number % Math.max(1, durations.length)] ?? 1)), signal);
        if (number % 7 === 6) throw new AttituneError('operation-failed', 'it is on fire.');
      } finally {
        spans.push({ component: component.name, operation, from, to: clock.now() });
      }
    },
    ['work', 'start', 'stop', 'migrate'],
  );
  const loop = loopOf(DEPLOYMENT, wrappers);
  const { system } = loop;
  system
    .instances('Machine')
    .forEach((machine, index) => system.place(machine, system.component(`host${(index % 2) + 1}`)));
  return { ...loop, spans };
}

const name = fc.constantFrom(...NAMES);
const fixed: fc.Arbitrary<Step> = fc.oneof(
  fc.constantFrom(
    'this.work',
    'this.start',
    'Apache.work',
    'Apache.workers.work',
    'Machine_2.stop',
    'this.node.migrate',
  ),
  name.map((one) => `${one}.work`),
);
const changing: fc.Arbitrary<Step> = fc.oneof(
  fixed,
  fc.constantFrom('Tomcat++', 'Apache++', 'new.start', 'new.work', 'new.Apache.work', 'Tomcat--', 'this.workers.work'),
  fc.tuple(fc.constantFrom('Apache_1', 'this', 'new'), name).map(([from, to]) => bindStep(from, 'workers', to)),
  fc.tuple(fc.constantFrom('Apache_1', 'Apache_2'), name).map(([from, to]) => bindStep(from, 'workers', to, 'unbind')),
);
const requests = (step: fc.Arbitrary<Step>) =>
  fc.array(fc.record({ subject: name, steps: fc.array(step, { minLength: 1, maxLength: 4 }), after: fc.nat(5) }), {
    minLength: 2,
    maxLength: 8,
  });

/** Asks for all of them, each some tenths of a second after the one before, and waits until they have ended. */
async function runAll(
  loop: ReturnType<typeof world>,
  all: readonly { readonly subject: string; readonly steps: readonly Step[]; readonly after: number }[],
) {
  const ends: Promise<unknown>[] = [];
  for (const [index, { subject, steps, after }] of all.entries()) {
    await loop.clock.advance(100 * after);
    const diagram = procedureOf(`p${index}`, steps);
    ends.push(loop.sessions.request({ diagram, event: eventOf(subject) })!);
  }
  await loop.clock.runUntil(Promise.all(ends));
}

function overlaps(spans: readonly Span[]): string[] {
  const byTime = [...spans].sort((a, b) => a.from - b.from || a.to - b.to);
  return byTime.flatMap((one, index) =>
    byTime
      .slice(index + 1)
      .filter((other) => other.component === one.component && other.from < one.to)
      .map((other) => `${one.component}: ${one.operation} until ${one.to}, ${other.operation} from ${other.from}`),
  );
}

describe('random procedures', function () {
  this.timeout(60_000);

  it('are never two at once on a component, also while one is undone, and all end', async () => {
    await fc.assert(
      fc.asyncProperty(requests(changing), fc.array(fc.nat(8)), async (all, durations) => {
        const loop = world(durations);
        await runAll(loop, all);
        expect(overlaps(loop.spans)).to.deep.equal([]);
        expect(loop.sessions.busy).to.equal(0);
      }),
      { seed: 4, numRuns: 60 },
    );
  });

  it('keep the order of their events for each component', async () => {
    await fc.assert(
      fc.asyncProperty(requests(fixed), fc.array(fc.nat(8)), async (all, durations) => {
        const loop = world(durations);
        const told: string[] = [];
        loop.bus.subscribe('journal', ({ kind, subject, text }) => {
          if (kind === 'session' && text.includes(' begins')) told.push(`${subject} begins`);
          if (kind === 'trouble' || text.includes(' ends in ')) told.push(`${subject} ends`);
        });
        await runAll(loop, all);
        all.forEach(({ subject }, index) =>
          all.slice(0, index).forEach((earlier, before) => {
            if (earlier.subject === subject)
              expect(told.indexOf(`p${before} ends`)).to.be.lessThan(told.indexOf(`p${index} begins`));
          }),
        );
      }),
      { seed: 5, numRuns: 40 },
    );
  });

  it('run side by side where they touch nothing in common, on one host too', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(fc.constantFrom(...NAMES.slice(6)), { minLength: 2 }), async (subjects) => {
        const loop = world([]);
        await runAll(
          loop,
          subjects.map((subject) => ({ subject, steps: ['this.work', 'this.work'], after: 0 })),
        );
        expect(loop.clock.now()).to.equal(400);
      }),
      { seed: 6, numRuns: 20 },
    );
  });

  it('have what they make to themselves', async () => {
    const { sessions, clock, spans } = world([]);
    const making = sessions.request({
      diagram: procedureOf('making', ['Lone++', 'new.work', 'new.work']),
      event: eventOf('Apache_1'),
    })!;
    await clock.advance(50);
    const using = sessions.request({ diagram: procedureOf('using', ['this.work']), event: eventOf('Lone_1') })!;
    await clock.runUntil(Promise.all([making, using]));
    expect(spans.map(({ component, from }) => `${component} ${from}`)).to.deep.equal([
      'Lone_1 0',
      'Lone_1 200',
      'Lone_1 400',
    ]);
  });

  it('wait for no stream of others that came later', async () => {
    const loop = world([]);
    const { sessions, clock, spans } = loop;
    const small = procedureOf('small', ['this.work']);
    const big = procedureOf('big', ['Tomcat.work']);
    const ends = ['Tomcat_1', 'Tomcat_2'].map((subject) =>
      sessions.request({ diagram: small, event: eventOf(subject) })!,
    );
    await clock.advance(50);
    const all = sessions.request({ diagram: big, event: eventOf('Apache_1') })!;
    for (let round = 0; round < 50; round += 1) {
      for (const subject of ['Tomcat_1', 'Tomcat_2', 'Tomcat_3']) {
        const another = sessions.request({ diagram: small, event: eventOf(subject) });
        if (another) ends.push(another);
      }
      await clock.advance(100);
    }
    await clock.runUntil(Promise.all([all, ...ends]));
    expect(spans.filter(({ from }) => from === 200).map(({ component }) => component)).to.have.members([
      'Tomcat_1',
      'Tomcat_2',
      'Tomcat_3',
    ]);
  });
});
