import { InvalidArgumentError, Option, type Command } from 'commander';
import { select } from '../../loop/decisions/explain.js';
import type { JournalKind } from '../../model/administration.js';
import { delay, SystemClock } from '../../model/clock.js';
import type { JournalPart, JournalQuery } from '../../model/control-commands.js';
import { AttituneError } from '../../model/errors.js';
import { parseDurationMs } from '../../model/quantity.js';
import { interruptible } from '../interrupt.js';
import type { ManagerPlace } from '../manager/ask-one.js';
import type { Terminal } from '../terminal.js';
import { entryLine } from '../why/entry-lines.js';
import { askJournal } from '../why/kept-journal.js';
import { addManagerOptions } from './manager-options.js';
import { count } from './options.js';

interface Options extends ManagerPlace {
  readonly follow?: boolean;
  readonly since?: number;
  readonly kind?: readonly JournalKind[];
  readonly limit: number;
  readonly json?: boolean;
}

const KINDS: readonly JournalKind[] = [
  ...(['deployment', 'event', 'session', 'step', 'decision', 'effect', 'control'] as const),
  ...(['operation', 'migration', 'component', 'trouble', 'load'] as const),
];

/** How often the journal is asked for what is new. */
const FOLLOW_EVERY_MS = 1000;

const HELP = `
Each line has its time, its number (for 'attitune why'), its kind, what it says, and the number of the entry that led to it.
Kinds: ${KINDS.join(', ')}.

Examples:
  attitune events
  attitune events Machine_1 --since "1 h" --kind decision,effect
  attitune events --follow --bus wss://manager:7421 --pki ~/pki/me`;

/** Lists the journal. */
export function eventsCommand(program: Command, terminal: Terminal): void {
  const command = program
    .command('events')
    .description('what happened, was decided and done: the journal of a system')
    .argument('[name]', 'only what is about a component, a diagram or a goal')
    .addHelpText('after', HELP)
    .option('-f, --follow', 'go on with what happens from now on, until Ctrl-C')
    .addOption(
      new Option('--since <time>', 'not older than a duration such as "1 h", or than an ISO 8601 time').argParser(
        since,
      ),
    )
    .addOption(new Option('--kind <kinds>', 'only of these kinds, with commas between').argParser(kinds))
    .addOption(new Option('--limit <number>', 'so many at most, from 1 to 1000').argParser(count).default(200));
  addManagerOptions(command)
    .option('--json', 'print the entries as JSON; with --follow one on each line')
    .action((name: string | undefined, options: Options) => list(terminal, name, options));
}

async function list(terminal: Terminal, name: string | undefined, options: Options): Promise<void> {
  const { since: from, kind, limit, json, follow } = options;
  const query: JournalQuery = {
    limit,
    ...(from === undefined ? {} : { since: from }),
    ...(kind ? { kinds: kind } : {}),
    ...(name === undefined ? {} : { name }),
  };
  const ask = (asks: JournalQuery) => askJournal('manager.journal', asks, options, (journal) => select(journal, asks));
  const first = await ask(query);
  if (follow !== true) {
    if (json === true) terminal.json(first.entries);
    else terminal.result(first.entries.map(entryLine).join('\n'));
    return;
  }
  const tell = ({ entries }: JournalPart) => {
    for (const entry of entries) terminal.result(json === true ? JSON.stringify(entry) : entryLine(entry));
  };
  tell(first);
  await interruptible(
    (text) => terminal.say(text),
    async (signal) => {
      const clock = new SystemClock();
      for (let { last } = first; ;) {
        // Ctrl-C ends it here
        await delay(clock, FOLLOW_EVERY_MS, signal);
        const part = await ask({ ...query, after: last });
        tell(part);
        last = part.last;
      }
    },
  ).catch((error: unknown) => {
    if (!AttituneError.is(error, 'cancelled')) throw error;
  });
}

function since(text: string): number {
  const at = /^\d{4}-/.test(text) ? Date.parse(text) : NaN;
  if (!Number.isNaN(at)) return at;
  try {
    return Date.now() - parseDurationMs(text);
  } catch {
    throw new InvalidArgumentError('It is a duration such as "1 h", or a time such as 2026-01-31T12:00:00Z.');
  }
}

function kinds(text: string): readonly JournalKind[] {
  return text.split(',').map((word) => {
    const kind = KINDS.find((one) => one === word.trim());
    if (!kind) throw new InvalidArgumentError(`"${word}" is no kind; there are ${KINDS.join(', ')}.`);
    return kind;
  });
}
