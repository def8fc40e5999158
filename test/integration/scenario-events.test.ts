import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { asset } from '../../core/assets/package-root.js';
import { pluginsFor } from '../../core/app/composition.js';
import { loadScenario } from '../../core/app/load-files.js';
import { failureOf, webWorld } from '../support/web-world.js';

describe('events of a scenario', function () {
  this.timeout(60_000);
  const folder = mkdtempSync(join(tmpdir(), 'attitune-scenario-'));
  after(() => rmSync(folder, { recursive: true, force: true }));

  function scenario(name: string, body: string): string {
    const file = join(folder, `${name}.scenario.xml`);
    const deployment = asset('examples/balance/balance.deployment.xml');
    const head = `<scenario xmlns="urn:attitune:scenario:1" name="${name}" deployment="${deployment}" seed="1">`;
    writeFileSync(file, `<?xml version="1.0" encoding="UTF-8"?>\n${head}\n${body}\n</scenario>\n`);
    return file;
  }

  it('are raised at their time, and measured', async () => {
    const file = scenario(
      'raised',
      `<event name="operator.look" component="host1" arg="now" after="30 s"/>
       <expect that="event.operator.look.count" equals="1"/>
       <expect that="event.operator.look.firstMs" equals="30 s"/>
       <expect that="event.balance.failed.count" equals="0"/>`,
    );
    const { report } = await webWorld(1, {}, file).run();
    expect(report.expectations.map(({ actual, passed }) => [actual, passed])).to.deep.equal([
      [1, true],
      [30_000, true],
      [0, true],
    ]);
  });

  it('fail the run where the system refuses them, at their place', async () => {
    const file = scenario('refused', '<event name="operator.look" component="host77" after="1 s"/>');
    const failure = await failureOf(webWorld(1, {}, file).run());
    expect(failure.code).to.equal('unknown-component');
    expect(failure.place?.file).to.equal(file);
    expect(failure.place?.line).to.equal(3);
  });

  it('are checked before anything runs', () => {
    const file = scenario(
      'wrong',
      '<event name="operator.look" component="host1" after="soon"/><expect that="event.nobody.count" equals="1"/>',
    );
    const { errors } = loadScenario(file, pluginsFor);
    expect(errors.map(({ code }) => code).sort()).to.deep.equal(['unknown-measure', 'value']);
  });
});
