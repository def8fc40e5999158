import { Option, type Command } from 'commander';
import { GuestAgentExecutor } from '../../../../wrappers/language/executors/guest-agent.js';
import { delay } from '../../../model/clock.js';
import type { Executor } from '../../../model/executor.js';
import type { Fleet } from '../../vm/fleet.js';
import { loadGuest } from '../../vm/guest-load.js';
import { guestProcesses, type GuestProcesses } from '../../vm/guest-processes.js';
import { running } from '../../vm/life.js';
import { withFleet } from '../../vm/with-fleet.js';
import { textTable } from '../../text-table.js';
import type { Terminal } from '../../terminal.js';
import { count } from '../options.js';
import { addHostOptions, duration, example, type CommonOptions } from './host-options.js';

const CLEAR = '\x1b[H\x1b[2J';

/** Runs things in the guest by its agent; `participle` is what is wanted of the VM, for messages. */
async function guestOf(fleet: Fleet, name: string, participle: string): Promise<Executor> {
  const { host } = await running(fleet, name, participle);
  return new GuestAgentExecutor(name, () => host, name, fleet.clock);
}

export function addTop(vm: Command, terminal: Terminal): void {
  const command = vm
    .command('top')
    .description('the processes in the guest, busiest first')
    .argument('<name>')
    .addOption(new Option('--lines <number>', 'how many').argParser(count).default(15))
    .addOption(new Option('--watch', 'again and again, until Ctrl-C').conflicts('json'))
    .option('--json', 'print all of them as JSON');
  example(addHostOptions(command), 'attitune vm top web --lab');
  command.action((name: string, options: CommonOptions & { readonly lines: number; readonly watch?: boolean }) =>
    withFleet(terminal, options, async (fleet, { signal }) => {
      const guest = await guestOf(fleet, name, 'asked for its processes');
      for (;;) {
        const found = await guestProcesses(guest, 1, signal);
        if (options.json === true) terminal.json({ name, ...found });
        else
          terminal.result(
            `${options.watch === true && process.stdout.isTTY ? CLEAR : ''}${topTable(name, found, options.lines)}`,
          );
        if (options.watch !== true) return;
        // Ctrl-C is how watching ends
        await delay(fleet.clock, 1000, signal).catch(() => undefined);
        if (signal.aborted) return;
      }
    }),
  );
}

function topTable(name: string, { cpus, busyPercent, processes }: GuestProcesses, lines: number): string {
  const head = `${name}: ${processes.length} processes, ${cpus} ${cpus === 1 ? 'CPU' : 'CPUs'}, ${busyPercent} % busy`;
  const rows = processes
    .slice(0, lines)
    .map(({ pid, uid, state, cpuPercent, residentMiB, command }) => [
      String(pid),
      String(uid),
      state,
      cpuPercent.toFixed(1),
      String(residentMiB),
      command.length > 60 ? `${command.slice(0, 59)}…` : command,
    ]);
  return `${head}\n${textTable(['PID', 'UID', 'state', 'CPU %', 'MiB', 'command'], rows)}`;
}

export function addLoad(vm: Command, terminal: Terminal): void {
  const command = vm
    .command('load')
    .description("keep the guest's CPUs busy for a time, for tests")
    .argument('<name>')
    .addOption(new Option('--cpus <number>', 'how many').argParser(count).default(1))
    .addOption(new Option('--for <duration>', 'how long').argParser(duration).default(30_000, '30 s'));
  example(addHostOptions(command), "attitune vm load web --cpus 1 --for '10 s' --lab");
  command.action((name: string, options: CommonOptions & { readonly cpus: number; readonly for: number }) =>
    withFleet(terminal, options, async (fleet, task) => {
      const guest = await guestOf(fleet, name, 'loaded');
      const { cpus, for: durationMs } = options;
      await loadGuest(guest, { cpus, durationMs }, task, fleet.clock);
      terminal.result(`${name}: ${cpus} ${cpus === 1 ? 'CPU was' : 'CPUs were'} kept busy for ${durationMs / 1000} s`);
    }),
  );
}

export function addExec(vm: Command, terminal: Terminal): void {
  const command = vm
    .command('exec')
    .description('run a command in the guest; its output and exit code are passed on')
    .argument('<name>')
    .argument('<command...>', 'the program and its arguments, behind --; no shell is involved')
    .addOption(new Option('--timeout <duration>', 'how long it may take').argParser(duration));
  example(addHostOptions(command), 'attitune vm exec web --lab -- uname -a');
  command.action((name: string, words: readonly string[], options: CommonOptions & { readonly timeout?: number }) =>
    withFleet(terminal, options, async (fleet, { signal }) => {
      const guest = await guestOf(fleet, name, 'given a command');
      const { exitCode, stdout, stderr } = await guest.run({
        argv: words as unknown as readonly [string, ...string[]],
        signal,
        ...(options.timeout === undefined ? {} : { timeoutMs: options.timeout }),
      });
      terminal.done();
      process.stdout.write(stdout);
      process.stderr.write(stderr);
      process.exitCode = exitCode;
    }),
  );
}
