import Table from 'cli-table3';
import type { Command } from 'commander';
import pc from 'picocolors';
import { labDoctor, labDown, labStatus, labUp, type LabFinding } from '../../../wrappers/lab/index.js';
import { interruptible } from '../interrupt.js';
import { ensurePackages, requireRoot } from '../lab-time.js';
import type { Terminal } from '../terminal.js';

interface Options {
  readonly yes?: boolean;
  readonly json?: boolean;
}

const STATES: Readonly<Record<LabFinding['state'], string>> = {
  ok: pc.green('ok'),
  warn: pc.yellow('warn'),
  fail: pc.red('fail'),
};

export function labCommand(program: Command, terminal: Terminal): void {
  const lab = program.command('lab').description('real libvirt hosts on this one machine (root; Debian or Ubuntu)');
  const onProgress = (step: string, fraction?: number) => terminal.progress(step, fraction);

  lab
    .command('up')
    .description('bring two hosts up that stay until `lab down`')
    .option('--yes', 'install the Debian packages that are missing without asking')
    .option('--json', 'print the hosts as JSON')
    .action(({ yes, json }: Options) =>
      interruptible(
        (text) => terminal.say(text),
        async (signal) => {
          requireRoot();
          await ensurePackages(terminal, yes === true, signal);
          const report = await labUp({ signal, onProgress });
          if (json === true) terminal.json(report);
          else
            terminal.result(
              table(
                ['host', 'address', 'libvirt'],
                report.hosts.map(({ name, address, uri }) => [name, address, uri]),
              ),
            );
        },
      ),
    );

  lab
    .command('down')
    .description('take down whatever is left of a lab')
    .action(async () => {
      await labDown(onProgress);
      terminal.result('down');
    });

  lab
    .command('status')
    .description('what there is of a lab on this machine')
    .option('--json', 'print it as JSON')
    .action(async ({ json }: Options) => {
      const status = await labStatus();
      if (json === true) {
        terminal.json(status);
        return;
      }
      const owner = status.owner ? ` (process ${status.owner.pid})` : '';
      const rows = status.hosts.map((host) => [
        host.name,
        host.address ?? '',
        host.cpuLimit === undefined ? 'none' : `${host.cpuLimit} CPU`,
        String(host.processes.length),
        host.domains.join(', '),
      ]);
      terminal.result(
        [
          `${status.state}${owner}`,
          ...(rows.length > 0 ? [table(['host', 'address', 'limit', 'processes', 'VMs'], rows)] : []),
        ].join('\n'),
      );
    });

  lab
    .command('doctor')
    .description('whether this machine can run the lab, and what to do where it cannot')
    .option('--json', 'print {check,state,detail,advice} as JSON')
    .action(async ({ json }: Options) => {
      const findings = await labDoctor();
      if (json === true) terminal.json(findings);
      else {
        const rows = findings.map(({ check, state, detail, advice }) => [
          STATES[state],
          check,
          advice ? `${detail}\n${pc.dim(advice)}` : detail,
        ]);
        terminal.result(table(['', 'check', 'finding'], rows));
      }
      if (findings.some(({ state }) => state === 'fail')) process.exitCode = 1;
    });

  lab
    .command('packages')
    .description('install the Debian packages that the lab needs')
    .option('--yes', 'without asking')
    .action(({ yes }: Options) =>
      interruptible(
        (text) => terminal.say(text),
        async (signal) => {
          requireRoot();
          await ensurePackages(terminal, yes === true, signal);
          terminal.result('installed');
        },
      ),
    );
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const made = new Table({ head: head.map((text) => pc.bold(text)), style: { head: [], border: [], compact: true } });
  made.push(...rows.map((row) => [...row]));
  return made.toString();
}
