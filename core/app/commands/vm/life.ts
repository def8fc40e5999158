import { Option, type Command } from 'commander';
import type { Fleet, Task } from '../../vm/fleet.js';
import { destroyVm, rebootVm, resumeVm, shutdownVm, startVm, suspendVm, type LifeOutcome } from '../../vm/life.js';
import { undefineVm } from '../../vm/undefine-vm.js';
import { withFleet } from '../../vm/with-fleet.js';
import type { Terminal } from '../../terminal.js';
import { bootTimeout } from './create.js';
import { addHostOptions, duration, example, ignoreUnreachable, type CommonOptions } from './host-options.js';

interface LifeOptions extends CommonOptions {
  readonly grace: number;
  readonly bootTimeout: number;
  readonly wait: boolean;
}

/** One command that changes the state of a virtual machine. */
interface LifeCommand {
  readonly about: string;
  readonly options?: readonly Option[];
  readonly run: (fleet: Fleet, name: string, options: LifeOptions, task: Task) => Promise<LifeOutcome>;
}

const COMMANDS: Readonly<Record<string, LifeCommand>> = {
  start: {
    about: 'start one that is off, or resume one that is suspended, and wait for its guest',
    options: [bootTimeout(), new Option('--no-wait', 'do not wait for its guest'), ignoreUnreachable()],
    run: (fleet, name, { ignoreUnreachable: ignore, bootTimeout: bootTimeoutMs, wait }, task) =>
      startVm(fleet, name, { ignoreUnreachable: ignore === true, bootTimeoutMs, wait }, task),
  },
  shutdown: {
    about: 'ask the guest to shut down; its power is cut where it has not in time',
    options: [new Option('--grace <duration>', 'how long it may take').argParser(duration).default(20_000, '20 s')],
    run: (fleet, name, { grace }, task) => shutdownVm(fleet, name, grace, task),
  },
  reboot: {
    about: 'ask the guest to reboot, and wait until it answers again',
    options: [bootTimeout()],
    run: (fleet, name, { bootTimeout: bootTimeoutMs }, task) => rebootVm(fleet, name, bootTimeoutMs, task),
  },
  suspend: { about: 'stop its virtual CPUs; it keeps its memory', run: (fleet, name) => suspendVm(fleet, name) },
  resume: { about: 'let a suspended one go on', run: (fleet, name) => resumeVm(fleet, name) },
  destroy: {
    about: 'cut its power; definition and disks stay',
    run: (fleet, name) => destroyVm(fleet, name),
  },
};

export function addLife(vm: Command, terminal: Terminal): void {
  for (const [verb, { about, options = [], run }] of Object.entries(COMMANDS)) {
    const command = vm.command(verb).description(about).argument('<name>');
    for (const option of options) command.addOption(option);
    command.option('--json', 'print {name,host,state,changed} as JSON');
    example(addHostOptions(command), `attitune vm ${verb} web --lab`);
    command.action((name: string, given: LifeOptions) =>
      withFleet(terminal, given, async (fleet, task) => {
        const { host, state, changed } = await run(fleet, name, given, task);
        if (given.json === true) terminal.json({ name, host, state, changed });
        else terminal.result(`${name} is ${changed ? '' : 'already '}${state} on ${host}`);
      }),
    );
  }
}

export function addUndefine(vm: Command, terminal: Terminal): void {
  const command = vm
    .command('undefine')
    .description('forget a virtual machine that is off; its disks stay')
    .argument('<name>')
    .option('--delete-disks', 'delete those of its disks that nothing else uses')
    .option('--json', 'print {name,host,disks,deleted,kept} as JSON');
  example(addHostOptions(command), 'attitune vm undefine web --delete-disks --lab');
  command.action((name: string, options: CommonOptions & { readonly deleteDisks?: boolean }) =>
    withFleet(terminal, options, async (fleet, task) => {
      const { host, disks, deleted, kept } = await undefineVm(fleet, name, options.deleteDisks === true);
      if (options.json === true) terminal.json({ name, host, disks, deleted, kept });
      else {
        for (const path of kept) task.say(`kept ${path}`);
        const rest = disks.filter((path) => !deleted.includes(path));
        const stay = rest.length === 0 ? '' : `; its disks stay: ${rest.join(', ')}`;
        terminal.result(`${name} is undefined on ${host}${stay}`);
      }
      if (kept.length > 0) process.exitCode = 1;
    }),
  );
}
