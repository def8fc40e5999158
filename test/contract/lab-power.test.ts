import type { HostAccess } from '../../core/model/infrastructure.js';
import type { LabInfrastructure } from '../../wrappers/lab/index.js';
import { labDeployment, labInfrastructure } from '../support/lab-infrastructure.js';
import { skipWithoutLab } from '../support/skip.js';
import { powerContract } from './power.contract.js';

/** A lab host is off while its libvirtd is; all suites share one lab, and each leaves its host on and empty. */
describe('power of lab hosts', function () {
  this.timeout(120_000);
  let lab: LabInfrastructure | undefined;
  let host: HostAccess;

  before(async function () {
    skipWithoutLab(this);
    const deployment = labDeployment('host1');
    const power = { by: 'wake-on-lan', mac: '52:54:00:12:34:56', broadcast: '10.0.0.255', port: 9 } as const;
    const hostFamilies = deployment.hostFamilies.map((family) => ({
      ...family,
      hosts: family.hosts.map((entry) => ({ ...entry, power })),
    }));
    lab = labInfrastructure(1);
    await lab.up({ ...deployment, classes: [], hostFamilies }, undefined, {
      signal: new AbortController().signal,
      onProgress: () => undefined,
    });
    host = lab.host('host1');
  });
  after(() => lab?.down());

  powerContract('a lab host', () => {
    const { power } = host;
    if (!power) throw new Error('the lab host cannot be switched');
    const counts = { off: 0, on: 0 };
    let domain: string | undefined;
    let last = 'on';
    const listed = host.hypervisor.list.bind(host.hypervisor);
    const noted = async () => {
      const state = await power.state();
      if (state !== last && state !== 'unknown') counts[state] += 1;
      last = state;
    };
    return Promise.resolve({
      control: {
        state: () => power.state(),
        on: () => power.on().then(noted),
        off: () => power.off().then(noted),
      },
      toldOff: 'off' as const,
      switched: () => Promise.resolve(counts),
      occupy: (name: string | undefined) => {
        domain = name;
        host.hypervisor.list = async () =>
          domain === undefined ? await listed() : [{ name: domain, uuid: 'u', state: 'running', persistent: false }];
        return Promise.resolve();
      },
      settle: () => Promise.resolve(),
      close: async () => {
        host.hypervisor.list = listed;
        await power.on();
      },
    });
  });
});
