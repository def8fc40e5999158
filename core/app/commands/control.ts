import { Argument, type Command } from 'commander';
import type { ControlCommand, ControlStatus } from '../../model/control-commands.js';
import { CONTROL_MODES, type ControlMode } from '../../model/deployment.js';
import { askOne, type ManagerPlace } from '../manager/ask-one.js';
import { textTable } from '../text-table.js';
import type { Terminal } from '../terminal.js';
import { userName } from '../who.js';
import { durationText, timeOf } from '../why/entry-lines.js';
import { addManagerOptions } from './manager-options.js';
import { count } from './options.js';

interface Options extends ManagerPlace {
  readonly json?: boolean;
}

const HOLD = `
From then on no effect begins that no administrator told: procedures wait before their next effect, decisions are told and
not carried out. Migrations that run go on, or with --abort are aborted. What was begun and fails is still taken back, and
procedures of operator.NAME, start and stop, are carried out: they are an administrator's own word. It outlives the manager,
until 'attitune resume', or until the system is taken down.

Examples:
  attitune hold --reason "the storage is being looked after"
  attitune hold --abort --bus wss://manager:7421 --pki ~/pki/me`;

/** The kill switch. */
export function holdCommand(program: Command, terminal: Terminal): void {
  const command = program
    .command('hold')
    .description('the kill switch: nothing is begun any more until "attitune resume"')
    .addHelpText('after', HOLD)
    .option('--reason <text>', 'why, for those who look')
    .option('--abort', 'abort the migrations that run');
  addManagerOptions(command)
    .option('--json', 'print {text} as JSON')
    .action(async ({ reason, abort, ...options }: Options & { readonly reason?: string; readonly abort?: boolean }) =>
      tell(
        terminal,
        { command: 'hold', ...(reason === undefined ? {} : { reason }), ...(abort ? { abort } : {}) },
        options,
      ),
    );
}

export function resumeCommand(program: Command, terminal: Terminal): void {
  const command = program.command('resume').description('end "attitune hold": what waits goes on, where it still fits');
  addManagerOptions(command)
    .option('--json', 'print {text} as JSON')
    .action((options: Options) => tell(terminal, { command: 'resume' }, options));
}

export function approveCommand(program: Command, terminal: Terminal): void {
  addAnswer(program, terminal, 'approve', 'let a decision, or an effect, that waits for you be carried out');
}

export function declineCommand(program: Command, terminal: Terminal): void {
  addAnswer(program, terminal, 'decline', 'refuse a decision, or an effect, that waits for you');
}

function addAnswer(program: Command, terminal: Terminal, command: 'approve' | 'decline', description: string): void {
  const added = program
    .command(command)
    .description(description)
    .addArgument(new Argument('<id>', 'its number, as "attitune pending" tells it').argParser(count));
  addManagerOptions(added)
    .option('--json', 'print {text} as JSON')
    .action((id: number, options: Options) => tell(terminal, { command, id }, options));
}

const MODE = `
automatic: it acts by itself; approve: an administrator is asked; recommend: it is told only. The strictest of the diagram,
and of every component and host concerned, counts. What is set so outlives the manager, until the system is taken down.

Examples:
  attitune mode host1 approve
  attitune mode relieve recommend
  attitune mode Machine_1 automatic`;

export function modeCommand(program: Command, terminal: Terminal): void {
  const command = program
    .command('mode')
    .description('who carries out what concerns a component, a host, a class or a diagram, from now on')
    .argument('<name>', 'of a component, a host, a class (all its instances) or a diagram')
    .addArgument(new Argument('<mode>', 'the mode').choices([...CONTROL_MODES]))
    .addHelpText('after', MODE);
  addManagerOptions(command)
    .option('--json', 'print {text} as JSON')
    .action((name: string, mode: ControlMode, options: Options) =>
      tell(terminal, { command: 'mode', name, mode }, options),
    );
}

export function pendingCommand(program: Command, terminal: Terminal): void {
  const command = program.command('pending').description('what waits for an administrator, and whether all is held');
  addManagerOptions(command)
    .option('--json', 'print {system, at, held, pending, questions} as JSON')
    .action(async (options: Options) => {
      const status = await askOne('manager.pending', {}, options);
      if (options.json === true) terminal.json(status);
      else terminal.result(pendingText(status));
    });
}

function pendingText({ system, at, held, watching, questions }: ControlStatus): string {
  const reason = held?.reason === undefined ? '' : `: ${held.reason}`;
  return [
    ...(held
      ? [`${system} is held by ${held.by} since ${timeOf(held.at)}${reason}. End it with "attitune resume".`]
      : []),
    ...(watching
      ? [`This manager is a ${watching === 'shadow' ? 'shadow' : 'dry run'}: it tells, and does nothing.`]
      : []),
    questions.length === 0
      ? 'Nothing waits for an answer.'
      : textTable(
          ['id', 'diagram', 'what', 'waits for', 'left'],
          questions.map(({ id, diagram, what, at: asked, until }) => [
            String(id),
            diagram,
            what,
            durationText(at - asked),
            durationText(Math.max(0, until - at)),
          ]),
        ),
  ].join('\n');
}

type Unsigned<C> = C extends ControlCommand ? Omit<C, 'source'> : never;

async function tell(terminal: Terminal, command: Unsigned<ControlCommand>, options: Options): Promise<void> {
  const source = `${userName()}, by attitune ${command.command}`;
  const { text } = await askOne('manager.control', { ...command, source }, options);
  if (options.json === true) terminal.json({ text });
  else terminal.result(text);
}
