import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SimulatedClock } from '../../core/model/clock.js';
import type { Domain } from '../../core/model/hypervisor.js';
import { AttituneError } from '../../core/model/errors.js';
import type { PowerSettings } from '../../core/model/power.js';
import { SeededRandom } from '../../core/model/random.js';
import { MachinePrograms } from '../../wrappers/machine/programs.js';
import { guarded, powerOf, WakeOnLanPower } from '../../wrappers/power/index.js';
import { SimulatedInfrastructure } from '../../wrappers/simulated/index.js';
import { fakeIpmi } from '../support/fake-ipmi.js';
import { powerContract, type PowerContext } from './power.contract.js';

const place = { file: 'test', line: 1, column: 1 };

/** A hypervisor that lists one domain at most, and does not answer while its host is off. */
function fakeHost(on: () => boolean) {
  let domain: string | undefined;
  const list = (): Promise<readonly Domain[]> =>
    on()
      ? Promise.resolve(domain === undefined ? [] : [{ name: domain, uuid: 'u', state: 'running', persistent: false }])
      : Promise.reject(new AttituneError('host-unreachable', 'host1 does not answer.'));
  return { hypervisor: { list }, occupy: (name: string | undefined) => Promise.resolve(void (domain = name)) };
}

const nobody = () => Promise.reject(new AttituneError('host-unreachable', 'there is nobody'));
const EXECUTOR = {
  node: 'host1',
  run: nobody,
  start: nobody,
  signal: nobody,
  isRunning: nobody,
  put: nobody,
  get: nobody,
};

describe('power of hosts', () => {
  powerContract('IPMI', () => {
    const ipmi = fakeIpmi();
    const { hypervisor, occupy } = fakeHost(() => ipmi.powered());
    const settings: PowerSettings = { by: 'ipmi', address: 'bmc1', user: 'admin', passwordFile: '/etc/attitune/bmc1' };
    const context: PowerContext = {
      control: powerOf({ name: 'host1', hypervisor, executor: EXECUTOR }, settings, ipmi),
      toldOff: 'off',
      switched: () => Promise.resolve({ off: ipmi.count('soft'), on: ipmi.count('on') }),
      occupy,
      settle: () => Promise.resolve(),
      breakIt: () => ipmi.fail('Error: Unable to establish IPMI v2 / RMCP+ session'),
    };
    return Promise.resolve(context);
  });

  powerContract('Wake-on-LAN', () => {
    let on = true;
    const counts = { off: 0, on: 0 };
    let broken = false;
    const { hypervisor, occupy } = fakeHost(() => on);
    const run = ({ argv }: { readonly argv: readonly string[] }) => {
      if (argv.join(' ') !== 'systemctl poweroff') throw new Error(`${argv.join(' ')} is not how it shuts down`);
      if (broken) return Promise.resolve({ exitCode: 1, stdout: '', stderr: 'Interactive authentication required.' });
      counts.off += 1;
      on = false;
      return Promise.resolve({ exitCode: 0, stdout: '', stderr: '' });
    };
    const control = new WakeOnLanPower(
      'host1',
      { by: 'wake-on-lan', mac: '52:54:00:12:34:56', broadcast: '127.255.255.255', port: 9 },
      {
        executor: { ...EXECUTOR, run },
        answers: () => Promise.resolve(on),
        send: () => {
          if (!on) counts.on += 1;
          on = true;
          return Promise.resolve();
        },
      },
    );
    return Promise.resolve({
      control: guarded('host1', hypervisor, control),
      toldOff: 'unknown' as const,
      switched: () => Promise.resolve(counts),
      occupy,
      settle: () => Promise.resolve(),
      breakIt: () => void (broken = true),
    });
  });

  powerContract('commands of the administrator', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'attitune-power-'));
    const script = join(folder, 'switch');
    const [state, log] = [join(folder, 'state'), join(folder, 'log')];
    await writeFile(
      script,
      `#!/bin/sh\ncase $1 in state) cat ${state};; *) echo $1 > ${state}; echo $1 >> ${log};; esac\n`,
    );
    await chmod(script, 0o755);
    await writeFile(state, 'on\n');
    await writeFile(log, '');
    let program = script;
    const { hypervisor, occupy } = fakeHost(() => true);
    const settings = (): PowerSettings => ({
      by: 'command',
      on: [program, 'on'],
      off: [program, 'off'],
      state: [program, 'state'],
    });
    let control = powerOf({ name: 'host1', hypervisor, executor: EXECUTOR }, settings(), new MachinePrograms());
    const count = async (word: string) =>
      (await readFile(log, 'utf8')).split('\n').filter((line) => line === word).length;
    return {
      control: { state: () => control.state(), on: () => control.on(), off: () => control.off() },
      toldOff: 'off' as const,
      switched: async () => ({ off: await count('off'), on: await count('on') }),
      occupy,
      settle: () => Promise.resolve(),
      breakIt: () => {
        program = join(folder, 'no-such-program');
        control = powerOf({ name: 'host1', hypervisor, executor: EXECUTOR }, settings(), new MachinePrograms());
      },
      close: () => rm(folder, { recursive: true }),
    };
  });

  powerContract('a simulated host', async () => {
    const clock = new SimulatedClock(1_000_000);
    const infrastructure = new SimulatedInfrastructure({ clock, random: new SeededRandom(1) });
    const power: PowerSettings = { by: 'wake-on-lan', mac: '52:54:00:12:34:56', broadcast: '10.0.0.255', port: 9 };
    const entry = { name: 'host1', uri: 'simulated://host1', attributes: { boot: '90 s' }, place, power };
    const { power: control, hypervisor } = infrastructure.addHost(entry);
    if (!control) throw new Error('the simulated host cannot be switched');
    const switched = { off: 0, on: 0 };
    hypervisor.onConnection(({ connected }) => (switched[connected ? 'on' : 'off'] += 1));
    const drive = <T>(promise: Promise<T>) => clock.runUntil(promise);
    return Promise.resolve({
      control: {
        state: () => drive(control.state()),
        on: () => drive(control.on()),
        off: () => drive(control.off()),
      },
      toldOff: 'off' as const,
      switched: () => Promise.resolve(switched),
      occupy: async (name: string | undefined) => {
        const [domain] = await drive(hypervisor.list());
        if (name !== undefined)
          await drive(hypervisor.create({ name, memoryMiB: 128, vcpus: 1, disks: [], networks: [] }));
        else if (domain) await drive(hypervisor.destroy(domain.name));
      },
      settle: () => clock.advance(100_000),
      close: () => infrastructure.down(),
    });
  });
});
