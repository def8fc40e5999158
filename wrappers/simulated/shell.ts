import { posix } from 'node:path';
import { lexCommands, type ShellCommand } from './shell-language.js';
import type { SimulatedProcess } from './process.js';
import type { ProgramCall, SimulatedSoftware } from './software.js';

/** Variables of one run of a script: `$1`, `$name`, `$!`, `$?` … */
interface Variables {
  readonly env: Record<string, string>;
  readonly positional: readonly string[];
  lastBackground: number;
  lastCode: number;
}

/**
 * The part of the POSIX shell that wrappers need: simple commands with `;`, `&`, `&&`, `||`, quotes, variables,
 * redirections, `exec`, `exit`, `wait` and `cd`. A script that uses more (loops, pipes, command substitution) is a
 * program that the simulation does not know: it ends with 0 and has no effect.
 */
export const SHELL: SimulatedSoftware = {
  name: 'shell',
  matches: ([program = '']) => ['sh', 'bash', 'dash'].includes(posix.basename(program)),
  execute: (call) => {
    const at = call.argv.findIndex((arg) => /^-\w*c$/.test(arg));
    const script = at < 0 ? scriptFile(call) : call.argv[at + 1];
    const commands = script === undefined ? undefined : lexCommands(script);
    if (!commands) {
      call.process.exit(0);
      return;
    }
    const positional = at < 0 ? call.argv.slice(1) : call.argv.slice(at + 2);
    void interpret(call, commands, { env: { ...call.env }, positional, lastBackground: 0, lastCode: 0 }).then(
      (code) => {
        if (code !== undefined) call.process.exit(code);
      },
    );
  },
};

function scriptFile(call: ProgramCall): string | undefined {
  const [, file] = call.argv;
  return file === undefined ? call.input : call.machine.files.read(posix.resolve(call.cwd, file));
}

/** Runs commands in turn; resolves with the exit code, or with nothing where `exec` put another program in its place. */
async function interpret(
  call: ProgramCall,
  commands: readonly ShellCommand[],
  variables: Variables,
): Promise<number | undefined> {
  const background: Promise<number>[] = [];
  let cwd = call.cwd;
  let followed = '';
  for (const command of commands) {
    const skipped = (followed === '&&' && variables.lastCode !== 0) || (followed === '||' && variables.lastCode === 0);
    followed = command.followedBy;
    if (!skipped) {
      const expand = (word: ShellCommand['words'][number]) => word.map((part) => value(part, call, variables)).join('');
      const argv = command.words
        .map(expand)
        .filter((word, index) => word !== '' || command.words[index]?.some((part) => part.quoted));
      const streams = redirect(call, command, expand, cwd);
      const [name = '', ...args] = argv;
      if (!call.process.alive) return undefined;
      if (/^[A-Za-z_]\w*=/.test(name) && args.length === 0) {
        variables.env[name.slice(0, name.indexOf('='))] = name.slice(name.indexOf('=') + 1);
        variables.lastCode = 0;
      } else if (name === 'exit') {
        return Number(args[0] ?? variables.lastCode);
      } else if (name === 'wait') {
        await Promise.all(background);
      } else if (name === 'cd') {
        cwd = posix.resolve(cwd, args[0] ?? '/');
      } else if (name === 'set' || name === ':' || name === 'umask' || name === 'export') {
        variables.lastCode = 0;
      } else if (name !== '') {
        const replaces = name === 'exec';
        const child = call.launch(replaces ? args : argv, { env: variables.env, cwd, ...streams });
        const ended = untilEnd(child);
        if (replaces) {
          // signals for the shell now mean the program that took its place
          call.process.onSignal = (signal) => {
            child.signal(signal);
            return true;
          };
          return ended;
        }
        if (command.followedBy === '&') {
          background.push(ended);
          variables.lastBackground = child.pid;
        } else {
          variables.lastCode = await ended;
        }
      }
    }
  }
  return variables.lastCode;
}

function untilEnd(process: SimulatedProcess): Promise<number> {
  return new Promise((resolve) => process.onExit(() => resolve(process.exitCode ?? 0)));
}

function value(part: ShellCommand['words'][number][number], call: ProgramCall, variables: Variables): string {
  if (part.variable === undefined) return part.text;
  const { variable } = part;
  if (variable === '!') return String(variables.lastBackground);
  if (variable === '?') return String(variables.lastCode);
  if (variable === '$') return String(call.process.pid);
  if (/^\d$/.test(variable)) return variables.positional[Number(variable)] ?? '';
  if (variable === '@' || variable === '*') return variables.positional.slice(1).join(' ');
  return variables.env[variable] ?? '';
}

type Streams = { out?: (text: string) => void; err?: (text: string) => void; input?: string };

function redirect(
  call: ProgramCall,
  { redirections }: ShellCommand,
  expand: (word: ShellCommand['words'][number]) => string,
  cwd: string,
): Streams {
  const { files } = call.machine;
  let { out, err } = call;
  let input: string | undefined;
  for (const { operator, target } of redirections) {
    const name = expand(target);
    if (operator === '2>&1') err = out;
    else if (operator === '>&2') out = err;
    else if (operator === '<') input = files.read(posix.resolve(cwd, name)) ?? '';
    else {
      const path = posix.resolve(cwd, name);
      const discards = path === '/dev/null';
      if (!discards && !operator.endsWith('>>') && !files.isPipe(path)) files.write(path, '');
      const write = (text: string) => {
        if (!discards) files.append(path, text);
      };
      if (operator.startsWith('2')) err = write;
      else out = write;
    }
  }
  return { out, err, ...(input === undefined ? {} : { input }) };
}
