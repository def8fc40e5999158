import { injectable } from 'inversify';
import { AttituneError, type SourcePlace } from '../core/model/errors.js';
import type { Command, CommandResult } from '../core/model/executor.js';
import type { Probe, ProbeInstance, ProbeTarget } from '../core/model/probe.js';
import { parseDurationMs } from '../core/model/quantity.js';
import { checkAttributes, withAttributes } from './sources/attribute-text.js';
import {
  checkDuration,
  checkUnit,
  lastNumber,
  numberOf,
  oneOf,
  patternOf,
  UNIT_PARAMETER,
  unitOf,
} from './sources/own-metric.js';
import { splitWords } from './sources/words.js';

const DEFAULT_TIMEOUT = '5 s';
const SHELL = ['false', 'true'] as const;
/** A number that stands further from the end than this is not looked for. */
const OUTPUT_CHARACTERS = 64 * 1024;

/** What any command prints, as a number. It runs where the component is: on its host, or inside its VM. */
@injectable()
export class CommandProbe implements Probe {
  readonly measure = 'command';
  readonly description = "A number that a command prints; it runs on the component's host, or inside its VM.";
  readonly unit = '';
  readonly unitOf = unitOf;
  readonly parameters = [
    {
      name: 'command',
      required: true,
      description: 'Program and arguments, with quotes as in a shell; $name is an attribute of the component.',
    },
    {
      name: 'shell',
      required: false,
      description: '"true": a shell runs it, with the attributes of the component as its variables. Default: "false".',
    },
    {
      name: 'pattern',
      required: false,
      description: 'Regular expression with one group, around the number. Default: the last number that is printed.',
    },
    UNIT_PARAMETER,
    { name: 'timeout', required: false, description: `It is ended after this. Default: "${DEFAULT_TIMEOUT}".` },
  ];

  check(parameters: Readonly<Record<string, string>>, place: SourcePlace): void {
    const { command, pattern, timeout } = parameters;
    checkUnit(parameters, place);
    checkDuration('timeout', timeout, place);
    const isWords = oneOf('shell', parameters['shell'], SHELL, place) === 'false';
    if (command !== undefined && isWords) {
      checkAttributes(command, place);
      argvOf(command, place);
    } else if (command?.trim() === '') throw noCommand(place);
    if (pattern !== undefined) patternOf(pattern, { atLeast: 1 }, place);
  }

  attach(target: ProbeTarget): ProbeInstance {
    const { command = '', shell, pattern: source, timeout = DEFAULT_TIMEOUT } = target.parameters;
    const pattern = source === undefined ? undefined : patternOf(source, { atLeast: 1 });
    const inShell = oneOf('shell', shell, SHELL) === 'true';
    const words = inShell ? undefined : argvOf(command);
    const timeoutMs = parseDurationMs(timeout);
    return {
      read: async (signal) => {
        const executor = target.executor?.() ?? target.host().executor;
        const described = words ? inWords(words, target) : inAShell(command, target);
        const result = await executor.run({ ...described, timeoutMs, signal });
        const [program] = described.argv;
        const what = inShell ? `The command on ${executor.node}` : `${program} on ${executor.node}`;
        const output = printed(result, what);
        const text = pattern ? pattern.match(output)?.[1] : lastNumber(output);
        if (text === undefined) throw nothingFound(what, output, source);
        return numberOf(text, what);
      },
    };
  }
}

/** Words are split before attributes are filled in, so that a value with blanks stays one argument. */
function inWords([program, ...args]: readonly [string, ...string[]], target: ProbeTarget): Command {
  const fill = (word: string) => withAttributes(word, target);
  return { argv: [fill(program), ...args.map(fill)] };
}

/** Attributes are given as variables: they never become part of the script. */
function inAShell(script: string, { component }: ProbeTarget): Command {
  const own = [...component.attributes, ['srname', component.name] as const];
  // names in capitals belong to the system: PATH, HOME …
  const env = Object.fromEntries(own.filter(([name]) => /^[A-Za-z_]\w*$/.test(name) && /[a-z]/.test(name)));
  return { argv: ['sh', '-c', script], env };
}

function printed({ exitCode, stdout, stderr }: CommandResult, what: string): string {
  if (exitCode === 0) return stdout.slice(-OUTPUT_CHARACTERS);
  const [said = ''] = (stderr.trim() || stdout.trim()).split('\n');
  throw new AttituneError(
    'operation-failed',
    `${what} ended with exit code ${exitCode}${said ? `: ${said.slice(0, 200)}` : '.'}`,
    { details: { exitCode } },
  );
}

function argvOf(command: string, place?: SourcePlace): readonly [string, ...string[]] {
  const [program, ...args] = splitWords(command, place);
  if (program === undefined || program === '') throw noCommand(place);
  return [program, ...args];
}

function noCommand(place?: SourcePlace): AttituneError {
  return new AttituneError('value', 'Parameter command: it names no program, such as "queue-length --all".', { place });
}

function nothingFound(what: string, output: string, pattern: string | undefined): AttituneError {
  const [said = ''] = output.trim().split('\n');
  const shown = said === '' ? 'nothing' : `"${said.slice(0, 80)}"`;
  const wanted = pattern === undefined ? 'in which there is no number' : `which "${pattern}" does not match`;
  return new AttituneError('value', said === '' ? `${what} printed nothing.` : `${what} printed ${shown}, ${wanted}.`);
}
