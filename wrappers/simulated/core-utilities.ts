import { posix } from 'node:path';
import type { ProgramCall, SimulatedSoftware } from './software.js';

/** Exit code and output of a small program that ends at once. */
type Utility = (args: readonly string[], call: ProgramCall) => number;

const operands = (args: readonly string[]) => args.filter((arg) => !arg.startsWith('-'));
const pathOf = (name: string, { cwd }: ProgramCall) => posix.resolve(cwd, name);
const missing = (name: string, call: ProgramCall): number => {
  call.err(`${call.argv[0]}: ${name}: No such file or directory\n`);
  return 1;
};

/** The core utilities that wrappers use, as far as their effect on files and processes goes. */
const UTILITIES: Readonly<Record<string, Utility>> = {
  true: () => 0,
  false: () => 1,
  echo: (args, { out }) => {
    const bare = args[0] === '-n';
    out(args.slice(bare ? 1 : 0).join(' ') + (bare ? '' : '\n'));
    return 0;
  },
  printf: ([format = '', ...args], { out }) => {
    const text = format.replace(/\\n/g, '\n').replace(/\\t/g, '\t');
    const perPass = Math.max(1, (text.match(/%s|%d/g) ?? []).length);
    for (let pass = 0; pass === 0 || pass < args.length; pass += perPass) {
      const values = args.slice(pass, pass + perPass);
      out(text.replace(/%[sd]/g, () => values.shift() ?? '').replaceAll('%%', '%'));
    }
    return 0;
  },
  printenv: ([name = ''], { env, out }) => {
    const value = env[name];
    if (value !== undefined) out(`${value}\n`);
    return value === undefined ? 1 : 0;
  },
  pwd: (_, { cwd, out }) => {
    out(`${cwd}\n`);
    return 0;
  },
  cat: (args, call) => {
    const names = operands(args);
    if (names.length === 0) call.out(call.input);
    for (const name of names) {
      const content = call.machine.files.read(pathOf(name, call));
      if (content === undefined) return missing(name, call);
      call.out(content);
    }
    return 0;
  },
  mkdir: (args, call) => {
    for (const name of operands(args)) call.machine.files.makeFolder(pathOf(name, call));
    return 0;
  },
  mkfifo: (args, call) => {
    for (const name of operands(args)) call.machine.files.makePipe(pathOf(name, call));
    return 0;
  },
  touch: (args, call) => {
    for (const name of operands(args)) call.machine.files.append(pathOf(name, call), '');
    return 0;
  },
  rm: (args, call) => {
    const force = args.some((arg) => /^-\w*f/.test(arg));
    for (const name of operands(args)) {
      if (!call.machine.files.remove(pathOf(name, call)) && !force) return missing(name, call);
    }
    return 0;
  },
  cp: (args, call) => transfer(args, call),
  mv: (args, call) => {
    const code = transfer(args, call);
    if (code === 0) for (const name of operands(args).slice(0, -1)) call.machine.files.remove(pathOf(name, call));
    return code;
  },
  chmod: (args, call) => {
    const [mode = '', ...names] = operands(args);
    for (const name of names) {
      const path = pathOf(name, call);
      const bits = /^[0-7]+$/.test(mode) ? parseInt(mode, 8) : (call.machine.files.mode(path) ?? 0o755);
      if (!call.machine.files.chmod(path, bits)) return missing(name, call);
    }
    return 0;
  },
  chown: () => 0,
  sync: () => 0,
  stat: (args, call) => {
    const name = args.at(-1) ?? '';
    const mode = call.machine.files.mode(pathOf(name, call));
    if (mode === undefined) return missing(name, call);
    call.out(
      args[0] === '-c' ? `${(args[1] ?? '').replaceAll('%a', mode.toString(8)).replaceAll('%n', name)}\n` : `${name}\n`,
    );
    return 0;
  },
  ls: (args, call) => {
    const name = operands(args)[0] ?? call.cwd;
    const folder = pathOf(name, call);
    if (!call.machine.files.exists(folder)) return missing(name, call);
    const entries = call.machine.files.under(folder).map((path) => path.slice(folder.length + 1).split('/')[0] ?? '');
    for (const entry of new Set(entries)) call.out(`${entry}\n`);
    return 0;
  },
  test: (args, call) => condition(args, call),
  '[': (args, call) => condition(args.slice(0, -1), call),
  kill: (args, call) => {
    const signal = /^-(?:s\s*)?(?:SIG)?([A-Z0-9]+)$/.exec(args[0] ?? '')?.[1] ?? 'TERM';
    let code = 0;
    for (const pid of args.filter((arg) => /^\d+$/.test(arg)).map(Number)) {
      const process = call.machine.process(pid);
      if (!process) code = 1;
      else if (signal !== '0') process.signal((signal === '9' ? 'SIGKILL' : `SIG${signal}`) as NodeJS.Signals);
    }
    return code;
  },
};

function transfer(args: readonly string[], call: ProgramCall): number {
  const names = operands(args);
  const target = pathOf(names.at(-1) ?? '', call);
  for (const name of names.slice(0, -1)) {
    if (!call.machine.files.copy(pathOf(name, call).replace(/\/\.$/, ''), target)) return missing(name, call);
  }
  return 0;
}

function condition(args: readonly string[], call: ProgramCall): number {
  if (args[0] === '!') return condition(args.slice(1), call) === 0 ? 1 : 0;
  const [operator = '', name = ''] = args;
  const { files } = call.machine;
  const holds: Readonly<Record<string, () => boolean>> = {
    '-e': () => files.exists(pathOf(name, call)),
    '-f': () => files.read(pathOf(name, call)) !== undefined,
    '-r': () => files.exists(pathOf(name, call)),
    '-s': () => (files.read(pathOf(name, call)) ?? '') !== '',
    '-d': () => files.isFolder(pathOf(name, call)),
    '-n': () => name !== '',
    '-z': () => name === '',
  };
  const unary = holds[operator];
  if (unary) return unary() ? 0 : 1;
  if (args[1] === '=') return args[0] === args[2] ? 0 : 1;
  if (args[1] === '!=') return args[0] === args[2] ? 1 : 0;
  return operator === '' ? 1 : 0;
}

export const CORE_UTILITIES: SimulatedSoftware = {
  name: 'core utilities',
  matches: ([program = '']) => posix.basename(program) === 'sleep' || Object.hasOwn(UTILITIES, posix.basename(program)),
  execute: (call) => {
    const [program = '', ...args] = call.argv;
    const name = posix.basename(program);
    if (name === 'sleep') call.process.after(1000 * Number(args[0] ?? 0), () => call.process.exit(0));
    else call.process.exit(UTILITIES[name]?.(args, call) ?? 127);
  },
};
