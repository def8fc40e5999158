import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { switchHost } from '../../../core/app/vm/switch-host.js';
import { SimulatedClock } from '../../../core/model/clock.js';
import { AttituneError } from '../../../core/model/errors.js';
import type { Hypervisor } from '../../../core/model/hypervisor.js';
import { fakeIpmi } from '../../support/fake-ipmi.js';

const INVENTORY = `host1 qemu+tls://host1/system power=ipmi powerAddress=bmc1 powerUser=admin powerPasswordFile=/etc/attitune/bmc
host2 qemu+tls://host2/system
`;

describe('host power', () => {
  let folder: string;
  let file: string;
  const clock = new SimulatedClock();
  const signal = new AbortController().signal;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'attitune-power-'));
    file = join(folder, 'hosts.txt');
    await writeFile(file, INVENTORY);
  });
  after(() => rm(folder, { recursive: true }));

  const silent = () => Promise.reject(new AttituneError('host-unreachable', 'it does not answer'));
  const parts = { withinMs: 5000, signal, clock, connect: silent };

  it('asks, switches off and on by the management controller that the inventory names', async () => {
    const programs = fakeIpmi();
    const power = (what: 'on' | 'off' | 'status') =>
      clock.runUntil(switchHost('host1', what, { hosts: file }, { ...parts, programs }));
    expect(await power('status')).to.equal('on');
    expect(await power('off')).to.equal('off');
    expect(await power('on')).to.equal('on');
    expect(programs.calls[0]?.slice(0, 5)).to.deep.equal(['ipmitool', '-I', 'lanplus', '-H', 'bmc1']);
  });

  it('refuses a host with machines, one that cannot be switched, and one that is not there', async () => {
    const programs = fakeIpmi();
    const list = () => Promise.resolve([{ name: 'web1', uuid: 'u', state: 'running', persistent: true }]);
    const connect = () => Promise.resolve({ list, close: () => Promise.resolve() } as unknown as Hypervisor);
    const tell = (host: string) =>
      clock
        .runUntil(switchHost(host, 'off', { hosts: file }, { ...parts, connect, programs }))
        .then(String, (error: unknown) => (error as Error).message);
    expect(await tell('host1')).to.include('web1 runs on it');
    expect(await tell('host2')).to.include('nothing says how');
    expect(await tell('host3')).to.include('There is no host "host3"');
    expect(programs.powered()).to.equal(true);
  });

  it('says that a host did not come up in its time', async () => {
    const programs = fakeIpmi();
    await clock.runUntil(switchHost('host1', 'off', { hosts: file }, { ...parts, programs }));
    const stuck = {
      ...programs,
      run: (argv: readonly [string, ...string[]]) => (argv.at(-1) === 'on' ? Promise.resolve('') : programs.run(argv)),
    };
    const error: unknown = await clock
      .runUntil(switchHost('host1', 'on', { hosts: file }, { ...parts, programs: stuck }))
      .catch((reason: unknown) => reason);
    expect(error).to.include({ code: 'operation-timeout' });
  });
});
