import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import type { OperationContext } from '../../core/model/wrapper.js';
import { parseWrapper } from '../../wrappers/language/read-wrapper.js';
import { XmlWrapper } from '../../wrappers/language/xml-wrapper.js';
import { instance, localSystem } from '../support/local-system.js';
import { skipUnless } from '../support/skip.js';

const WRAPPER = `<wrapper xmlns="urn:attitune:wrapper:1" name="sleeper">
  <attribute name="pid" runtime="true"/>
  <method name="start" key="process" method="start">
    <param value="sh"/><param value="-c"/><param value="sleep 601 &amp; sleep 601"/>
  </method>
  <method name="stop" key="process" method="stop"><param value="grace:1 s"/></method>
</wrapper>`;

describe('a program that was started just before the manager died', function () {
  this.timeout(20_000);
  let folder: string;
  let close: (() => Promise<void>) | undefined;
  const started = new Set<number>();

  before(function () {
    skipUnless(this, { programs: { grep: 'grep' } });
  });
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'attitune-mark-'));
  });
  afterEach(async () => {
    await close?.();
    for (const pid of started) {
      try {
        process.kill(-pid, 'SIGKILL');
      } catch {
        // its group has ended
      }
    }
    started.clear();
    await rm(folder, { recursive: true, force: true });
  });

  it('is found again by its mark, and not started twice', async () => {
    const { description } = parseWrapper(WRAPPER, join(folder, 'sleeper.wrapper.xml'));
    const wrapper = new XmlWrapper(description!);
    const parts = localSystem([{ name: 'Sleeper', wrapper: 'sleeper' }], [], [wrapper]);
    close = parts.close;
    Object.assign(parts.system.deployment, { file: join(folder, 'a.deployment.xml') });
    const reports: string[] = [];
    const start = async (resumed: boolean, number: number) => {
      const component = parts.system.instances('Sleeper')[number] ?? instance(parts.system, 'Sleeper');
      const context: OperationContext = {
        component,
        system: parts.system,
        infrastructure: parts.infrastructure,
        parameters: {},
        signal: new AbortController().signal,
        resumed,
        report: (text) => reports.push(text),
      };
      const result = (await wrapper.invoke('start', context)) as { pid: number; changed: boolean };
      started.add(result.pid);
      return { ...result, component };
    };
    const first = await start(false, 0);
    expect(first.changed).to.equal(true);
    // what the manager did not get to write down
    for (const name of ['pid', 'pidSince']) first.component.removeAttribute(name);
    const again = await start(true, 0);
    expect(again).to.include({ pid: first.pid, changed: false });
    expect(again.component.attribute('pid')).to.equal(String(first.pid));
    expect(again.component.attribute('pidSince')).to.match(/^\d+$/);
    expect(reports).to.deep.equal([`Sleeper_1 had been started before the manager died, as process ${first.pid}`]);
    const other = await start(true, 1);
    expect(other.changed, 'another component').to.equal(true);
  });
});
