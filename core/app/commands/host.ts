import type { Command } from 'commander';
import { sayTheSilent } from '../vm/fleet.js';
import { contentOf, listHosts, listPools, type HostRow, type PoolRow } from '../vm/list-hosts.js';
import { moveVms, planMoves } from '../vm/move-vms.js';
import { withFleet } from '../vm/with-fleet.js';
import { textTable } from '../text-table.js';
import type { Terminal } from '../terminal.js';
import { AttituneError } from '../../model/errors.js';
import type { ManagerPlace } from '../manager/ask-one.js';
import { markHost } from '../manager/mark-host.js';
import { addPower } from './host-power.js';
import { addManagerOptions } from './manager-options.js';
import { addHostOptions, example, type CommonOptions } from './vm/host-options.js';
import { addMigrationOptions, migrationSettings, tellOutcomes, type MigrationFlags } from './vm/move.js';

export function hostCommand(program: Command, terminal: Terminal): void {
  const host = program.command('host').description('libvirt hosts: what they are, what is on them, emptying one');
  for (const add of [addList, addPools, addDrain, addResume, addPower]) add(host, terminal);
}

function addList(host: Command, terminal: Terminal): void {
  const command = host
    .command('list')
    .description('the hosts, with CPUs, free memory and virtual machines')
    .option('--json', 'print {hosts,unreachable} as JSON');
  example(addHostOptions(command), 'attitune host list --hosts servers.hosts.xml');
  command.action((options: CommonOptions) =>
    withFleet(
      terminal,
      options,
      async (fleet, task) => {
        const hosts = await listHosts(fleet);
        const unreachable = fleet.silent.map(({ name, uri, error }) => ({ name, uri, reason: error.message }));
        if (options.json === true) terminal.json({ hosts, unreachable });
        else {
          sayTheSilent(fleet, task);
          const silent = unreachable.map(({ name }) => [name, 'does not answer', '', '', '', '', '']);
          terminal.result(
            textTable(
              ['host', 'state', 'CPUs', 'CPU', 'memory free', 'VMs', 'version'],
              [...hosts.map(hostRow), ...silent],
            ),
          );
        }
        if (unreachable.length > 0) process.exitCode = 1;
      },
      { evenNone: true },
    ),
  );
}

function hostRow({ name, cpus, cpuPercent, freeMiB, memoryMiB, running, vms, version, domainType }: HostRow): string[] {
  const off = vms > running ? ` (${vms - running} off)` : '';
  const emulated = domainType === 'qemu' ? ', emulated' : '';
  return [
    name,
    'up',
    String(cpus),
    `${Math.round(cpuPercent)} %`,
    `${freeMiB} of ${memoryMiB} MiB`,
    `${running}${off}`,
    `${version}${emulated}`,
  ];
}

function addPools(host: Command, terminal: Terminal): void {
  const command = host
    .command('pools')
    .description('the storage pools of the hosts; that of new virtual machines is marked')
    .option('--json', 'print them as JSON');
  example(addHostOptions(command), 'attitune host pools --lab');
  command.action((options: CommonOptions) =>
    withFleet(terminal, options, async (fleet, task) => {
      sayTheSilent(fleet, task);
      const pools = await listPools(fleet);
      if (options.json === true) terminal.json(pools);
      else terminal.result(textTable(['host', 'pool', 'type', 'path', 'available'], pools.map(poolRow)));
    }),
  );
}

function poolRow({ host, name, used, type, path = '', active, availableBytes, capacityBytes }: PoolRow): string[] {
  const gib = (bytes: number) => (bytes / 2 ** 30).toFixed(1);
  const room = active ? `${gib(availableBytes)} of ${gib(capacityBytes)} GiB` : 'not started';
  return [host, used ? `${name} *` : name, type, path, room];
}

function addDrain(host: Command, terminal: Terminal): void {
  const command = host
    .command('drain')
    .description(
      'migrate all that runs on a host to others, each to the one with most free memory; a manager that has it puts nothing on it',
    )
    .argument('<host>');
  addManagerOptions(addMigrationOptions(command)).option('--json', 'print a list of what came of each as JSON');
  example(addHostOptions(command), 'attitune host drain host1 --lab');
  command.action((name: string, options: CommonOptions & MigrationFlags & ManagerPlace) =>
    withFleet(terminal, options, async (fleet, task) => {
      const settings = migrationSettings(options);
      const { active, off } = await contentOf(fleet, name);
      const told = await markHost('drain', name, options);
      for (const text of told) task.say(text);
      if (told.length === 0)
        task.say(
          `No manager has ${name}, so nothing marks it: whoever starts or moves something may put it there again.`,
        );
      if (off.length > 0) task.say(`Off, and left on ${name}: ${off.join(', ')}.`);
      if (active.length === 0) task.say(`Nothing runs on ${name}.`);
      const moves = await planMoves(fleet, active, undefined, task);
      tellOutcomes(terminal, await moveVms(fleet, moves, settings, task), options.json === true);
    }),
  );
}

function addResume(host: Command, terminal: Terminal): void {
  const command = host
    .command('resume')
    .description('let a manager put VMs on a host again, after "host drain"')
    .argument('<host>')
    .option('--json', 'print what the managers that have it said as JSON');
  example(addManagerOptions(command), 'attitune host resume host1');
  command.action(async (name: string, options: ManagerPlace & { readonly json?: boolean }) => {
    const told = await markHost('resume-host', name, options);
    if (told.length === 0)
      throw new AttituneError(
        'no-answer',
        `No manager that has ${name} answers here. A host that was drained without a manager was marked nowhere: there is nothing to take back.`,
      );
    if (options.json === true) terminal.json(told);
    else terminal.result(told.join('\n'));
  });
}
