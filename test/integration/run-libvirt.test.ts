import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { SystemClock } from '../../core/model/clock.js';
import { labDown, labPaths, labUp, standingLabHosts } from '../../wrappers/lab/index.js';
import { LocalWorks } from '../support/local-works.js';
import { skipWithoutLab } from '../support/skip.js';

const CLI = new URL('../../core/app/attitune.js', import.meta.url).pathname;
const OTHER = 'administrators-own';

/** The hosts of the lab as an administrator would write them down: `run` does not know that they are of a lab. */
async function deployment(): Promise<string> {
  const hosts = await standingLabHosts(labPaths(), new SystemClock());
  const attributes = Object.entries(hosts[0]?.attributes ?? {}).filter(([name]) => name !== 'migrationUri');
  return `<deployment xmlns="urn:attitune:deployment:1" name="works">
  <hosts family="servers" hypervisor="libvirt">
    ${attributes.map(([name, value]) => `<attribute name="${name}" value="${value}"/>`).join('\n    ')}
    ${hosts.map(({ name, uri }) => `<host name="${name}" uri="${uri}"/>`).join('\n    ')}
  </hosts>
  <component class="Machine" wrapper="virtual-machine" hosts="servers">
    <attribute name="memory" value="256 MiB"/>
    <attribute name="image" value="debian"/>
  </component>
  <diagram src="library:start" role="start"/>
  <diagram src="library:stop" role="stop"/>
</deployment>`;
}

describe('attitune run on libvirt hosts, those of the lab', function () {
  this.timeout(10 * 60_000); // the first time it builds the image
  let works: LocalWorks | undefined;

  before(async function () {
    skipWithoutLab(this);
    await labUp({ onProgress: () => undefined, cpuLimit: null });
    works = new LocalWorks({ 'works.deployment.xml': await deployment() });
  });
  after(async () => {
    if (!works) return;
    await works.dispose();
    await labDown();
  });

  async function list(): Promise<readonly { name: string; uuid: string; persistent: boolean; state: string }[]> {
    const { stdout } = await promisify(execFile)(process.execPath, [CLI, 'vm', 'list', '--lab', '--json']);
    return (
      JSON.parse(stdout) as { vms: readonly { name: string; uuid: string; persistent: boolean; state: string }[] }
    ).vms;
  }

  it('starts its machines as transient domains, is taken up after a kill, and takes down nothing but its own', async () => {
    if (!works) return expect.fail('the lab is not up');
    const words = ['vm', 'create', OTHER, '--memory', '128 MiB', '--host', 'host1', '--no-start', '--lab'];
    await promisify(execFile)(process.execPath, [CLI, ...words]);
    const first = works.run();
    await first.said(/Running\./);
    const [other, own] = await list();
    expect(other).to.deep.include({ name: OTHER, state: 'shutoff' });
    expect(own).to.deep.include({ name: 'Machine_1', state: 'running', persistent: false });
    await first.kill();
    expect((await list()).map(({ name }) => name)).to.deep.equal([OTHER, 'Machine_1']);
    const second = works.run();
    await second.said(/Running\./);
    expect((await list()).map(({ uuid }) => uuid)).to.deep.equal([other?.uuid, own?.uuid]);
    expect(await second.kill('SIGINT')).to.equal(0);
    expect((await list()).map(({ name }) => name)).to.deep.equal([OTHER]);
  });
});
