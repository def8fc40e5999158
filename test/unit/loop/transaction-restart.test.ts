import { expect } from 'chai';
import { DIAGRAMS, FAKE, RestartWorld, scxmlEngines } from '../../support/restart-world.js';
import { stateOf } from '../../support/procedures.js';

/** Makes one more, starts it and the tool, works, and then asks for what does not exist. */
const JOB = ['Work++', 'new.start', 'Tool.start', 'this.WORK', 'this.nothing'];
/** How long that and its undo take: two starts, the work, two stops. */
const LENGTH_MS = 2000 + 2000 + 3000 + 2000 + 2000;
const UNDONE = ['Tool_1 stopped', 'Work_3 removed'];

for (const [engine, engines] of Object.entries({ 'a fake engine': FAKE, SCXML: scxmlEngines() })) {
  describe(`a procedure that fails, and whose manager dies (${engine})`, () => {
    const begun = async (work: 'mix' | 'pour', crashes: readonly number[]) => {
      const job = JOB.map((invoke) => ({ invoke: invoke.replace('WORK', work) }));
      const world = new RestartWorld({ ...DIAGRAMS, job }, {}, engines);
      await world.deploy();
      const before = stateOf(world.manager.system);
      world.manager.events.raise({ name: 'go', component: 'Work_1', why: 'a test' });
      for (const after of crashes) {
        await world.clock.advance(after);
        world.crash(100);
        await world.deploy();
      }
      await world.clock.advance(120_000);
      return { world, before };
    };

    const troubles = (world: RestartWorld) =>
      world.manager.journal.entries.filter(({ kind, subject }) => kind === 'trouble' && subject === 'job');

    for (const work of ['mix', 'pour'] as const)
      it(`is undone wherever it was (${work})`, async function () {
        this.timeout(60_000);
        for (let at = 0; at <= LENGTH_MS + 500; at += 500) {
          const { world, before } = await begun(work, [at]);
          expect(stateOf(world.manager.system), `after ${at} ms`).to.deep.equal(before);
          expect(
            troubles(world).map(({ data }) => [data?.['code'], data?.['failed']]),
            `after ${at} ms`,
          ).to.deep.equal([['rolled-back', []]]);
          // what was begun when it died is started all the same, or was not
          for (const text of troubles(world)[0]?.data?.['undone'] as readonly string[]) expect(UNDONE).to.include(text);
          expect(world.store.sessions()).to.deep.equal([]);
        }
      });

    it('is undone also where the next manager dies, and the next', async function () {
      this.timeout(60_000);
      for (const crashes of [
        [1000, 1000, 1000],
        [4500, 100, 100, 100],
        [7500, 500, 500, 500, 500],
        [8000, 1500, 1500],
      ]) {
        const { world, before } = await begun('mix', crashes);
        expect(stateOf(world.manager.system), crashes.join()).to.deep.equal(before);
        expect(troubles(world).map(({ data }) => data?.['undone'])).to.deep.equal([UNDONE]);
      }
    });

    it('keeps what it made to itself while it goes on', async () => {
      const { world } = await begun('mix', [3000]);
      const spans = world.runs.filter(({ component }) => component === 'Work_3');
      for (const [index, { at, endedAt }] of spans.entries())
        for (const other of spans.slice(index + 1))
          if (endedAt !== undefined) expect(other.at >= endedAt || other.at < at, other.operation).to.equal(true);
    });
  });
}
