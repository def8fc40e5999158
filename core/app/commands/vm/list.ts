import type { Command } from 'commander';
import { listVms, type VmRow } from '../../vm/list-vms.js';
import { sayTheSilent } from '../../vm/fleet.js';
import { withFleet } from '../../vm/with-fleet.js';
import { textTable } from '../../text-table.js';
import type { Terminal } from '../../terminal.js';
import { addHostOptions, example, type CommonOptions } from './host-options.js';

export function addList(vm: Command, terminal: Terminal): void {
  const command = vm
    .command('list')
    .description('the virtual machines of all hosts')
    .option('--json', 'print {vms,unreachable} as JSON');
  example(addHostOptions(command), 'attitune vm list --hosts servers.hosts.xml');
  command.action((options: CommonOptions) =>
    withFleet(terminal, options, async (fleet, task) => {
      const { vms, silent } = await listVms(fleet);
      const unreachable = silent.map(({ name, uri, error }) => ({ name, uri, reason: error.message }));
      if (options.json === true) {
        terminal.json({ vms, unreachable });
        return;
      }
      sayTheSilent({ silent }, task);
      terminal.result(vms.length === 0 ? 'no virtual machines' : vmTable(vms));
    }),
  );
}

function vmTable(vms: readonly VmRow[]): string {
  const head = ['name', 'host', 'state', 'vCPUs', 'memory', 'CPU', 'address', 'image'];
  return textTable(
    head,
    vms.map(({ name, host, state, vcpus, memoryMiB, cpuPercent, addresses, image = '', persistent }) => [
      name,
      host,
      persistent ? state : `${state}, transient`,
      String(vcpus),
      `${memoryMiB} MiB`,
      cpuPercent === undefined ? '' : `${Math.round(cpuPercent)} %`,
      addresses.join(', '),
      image,
    ]),
  );
}
