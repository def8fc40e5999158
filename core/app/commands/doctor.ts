import type { Command } from 'commander';
import pc from 'picocolors';
import { hostFindings, type Finding } from '../doctor/findings.js';
import { gatherHosts, labPlaces, localPlaces } from '../doctor/gather.js';
import { textTable } from '../text-table.js';
import type { Terminal } from '../terminal.js';
import { withFleet } from '../vm/with-fleet.js';
import { addHostOptions, example, type CommonOptions } from './vm/host-options.js';

const STATES: Readonly<Record<Finding['state'], string>> = {
  ok: pc.green('ok'),
  warn: pc.yellow('warn'),
  fail: pc.red('fail'),
  unknown: pc.cyan('?'),
};

/** Whether hosts are fit for virtual machines that migrate, and what to do where they are not. */
export function doctorCommand(program: Command, terminal: Terminal): void {
  const command = program
    .command('doctor')
    .description('whether libvirt hosts can do what is asked of them, and what to do where they cannot')
    .option('--json', 'print {host,check,state,detail,advice} as JSON');
  example(addHostOptions(command), 'attitune doctor --hosts servers.hosts.xml');
  command.action((options: CommonOptions) =>
    withFleet(
      terminal,
      options,
      async (fleet) => {
        const findings = hostFindings(await gatherHosts(fleet, await placesOf(options)), new Date());
        if (options.json === true) terminal.json(findings);
        else terminal.result(textTable(['', 'host', 'check', 'finding'], findings.map(row)));
        if (findings.some(({ state }) => state === 'fail')) process.exitCode = 1;
      },
      { evenNone: true },
    ),
  );
}

async function placesOf({ lab }: CommonOptions) {
  if (lab !== true) return localPlaces;
  // what the lab is made of is a good part of all there is to load
  const { labPaths } = await import('../../../wrappers/lab/index.js');
  return labPlaces(labPaths().hosts);
}

function row({ host, check, state, detail, advice }: Finding): string[] {
  return [STATES[state], host, check, advice ? `${detail}\n${pc.dim(advice)}` : detail];
}
