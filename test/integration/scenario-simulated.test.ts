import { expect } from 'chai';
import { AttituneError } from '../../core/model/errors.js';
import { failureOf, webWorld as world } from '../support/web-world.js';

describe('the Apache/Tomcat scenario on simulated hosts', function () {
  this.timeout(60_000);

  it('meets every expectation, from several seeds', async () => {
    for (const seed of [1, 2, 3]) {
      const { report } = await world(seed).run();
      expect(
        report.expectations.filter(({ passed }) => !passed),
        `seed ${seed}`,
      ).to.deep.equal([]);
      expect(report.requests.failed).to.equal(0);
      expect(report.migrations.map(({ from, to }) => `${from}→${to}`)).to.deep.equal(['host1→host2', 'host2→host1']);
    }
  });

  it('ends the same from the same seed, and differently from another', async () => {
    const [one, again, other] = [await world(5).run(), await world(5).run(), await world(6).run()];
    expect(again.report).to.deep.equal(one.report);
    expect(other.report.requests).to.not.deep.equal(one.report.requests);
  });

  it('leaves nothing running, and every component stopped', async () => {
    const { run, states } = world();
    await run();
    expect(new Set(Object.values(states()))).to.deep.equal(new Set(['stopped']));
  });

  it('can say why, from the first reading to the migration', async () => {
    const { run, manager } = world();
    await run();
    const migration = manager.journal.entries.find(({ kind }) => kind === 'migration')!;
    const kinds = manager.journal.causes(migration.id).map(({ kind }) => kind);
    expect(kinds).to.deep.equal(['event', 'session', 'decision', 'operation', 'migration']);
  });

  for (const at of [500, 3000, 9000, 20_000, 32_000, 36_000, 60_000, 90_000]) {
    it(`is taken down in order when Ctrl-C comes after ${at / 1000} s`, async () => {
      const { clock, controller, run, states } = world();
      clock.setTimeout(() => controller.abort(new AttituneError('cancelled', 'Ctrl-C')), at);
      const error = await failureOf(run());
      expect(error.code).to.equal('cancelled');
      expect(Object.values(states()).filter((state) => state !== 'stopped' && state !== 'failed')).to.deep.equal([]);
    });
  }
});
