import { delay } from '../../../core/model/clock.js';
import { AttituneError } from '../../../core/model/errors.js';
import { parseDurationMs, parseInteger } from '../../../core/model/quantity.js';
import { refuseTakenPort } from './listening.js';
import { findMarked, markOf } from './process-mark.js';
import {
  environment,
  lastLines,
  options,
  text,
  withoutStackFrames,
  type StepContext,
  type StepResult,
  type StepTable,
} from './step.js';

const POLL_MS = 100;
/** How long a new process is watched for an early end. */
const PROBATION_MS = 300;
/** How long the kernel may take to end what was killed. */
const FORCE_MS = 5000;
const SIGNALS = new Set(['HUP', 'INT', 'QUIT', 'KILL', 'USR1', 'USR2', 'TERM', 'CONT', 'STOP', 'WINCH']);

export interface ProcessStart {
  readonly argv: readonly [string, ...string[]];
  readonly env: Readonly<Record<string, string>>;
  readonly logFile?: string;
  readonly cwd?: string;
  /** A port that must be free before. */
  readonly port?: number;
  /** Where the program itself notes its id. One that was killed leaves it, and the next may refuse to start over it. */
  readonly pidFile?: string;
  /** A file that appears when the program is ready. */
  readonly waitFor?: string;
}

/**
 * Processes that go on by themselves. The id is kept in the attribute `pid`; `pidSince` tells the process apart from
 * one that got the same id after a reboot.
 */
export const PROCESS: StepTable = {
  start: {
    description: 'Starts a program, unless the one it started before still runs.',
    usage: 'program, argument …, env:NAME=value …, log:FILE, cwd:FOLDER, port:N, pidFile:FILE',
    minimum: 1,
    idempotent: true,
    run: (step) => startProcess(step, described(step)),
  },
  start_wait_file: {
    description: 'Starts a program and waits until a file appears.',
    usage: 'file, program, argument …, env:NAME=value …, log:FILE, cwd:FOLDER, port:N, pidFile:FILE',
    minimum: 2,
    idempotent: true,
    run: (step) => startProcess(step, { ...described(step, 1), waitFor: text(step, 0) }),
  },
  stop: {
    description: 'Ends the program by polite signals, each with a grace period, and then by force.',
    usage: 'grace:10 s, signal:TERM …',
    minimum: 0,
    idempotent: true,
    run: stopProcess,
  },
  reload: {
    description:
      'Sends a signal and waits until the processes it had below it have ended, as servers replace their workers.',
    usage: 'signal name',
    minimum: 1,
    maximum: 1,
    idempotent: true,
    run: reloadProcess,
  },
  signal: {
    description: 'Sends the program a signal.',
    usage: 'signal name',
    minimum: 1,
    maximum: 1,
    idempotent: false,
    run: async (step) => {
      const pid = await mustRun(step);
      await step.executor.signal(pid, signalName(text(step, 0)));
      return { pid };
    },
  },
};

/** Starts what is described, unless it runs; resolves when it outlived its first moments. */
export async function startProcess(step: StepContext, start: ProcessStart): Promise<StepResult> {
  const { executor, clock, signal } = step;
  const running = (await runningPid(step)) ?? (await adopted(step, start));
  if (running !== undefined) return { pid: running, changed: false };
  const { waitFor, port, pidFile, ...command } = start;
  if (port !== undefined) await refuseTakenPort(executor, port, clock);
  if (pidFile !== undefined)
    await executor.run({ argv: ['rm', '-f', '--', pidFile], timeoutMs: step.timeoutMs, signal });
  const { pid } = await executor.start({ ...command, env: { ...command.env, ...markOf(step) } });
  await remember(step, start, pid);
  const until = clock.now() + (waitFor === undefined ? PROBATION_MS : step.timeoutMs);
  for (;;) {
    await delay(clock, Math.min(POLL_MS * 3, Math.max(0, until - clock.now())), signal);
    if (!(await executor.isRunning(pid))) {
      throw await diedEarly(step, start.argv[0]);
    }
    if (waitFor === undefined || (await executor.get(waitFor)) !== undefined) return { pid, changed: true };
    if (clock.now() >= until) {
      throw new AttituneError(
        'operation-timeout',
        `${waitFor} did not appear on ${executor.node} within ${step.timeoutMs} ms.`,
      );
    }
  }
}

/** The error for a process that ended by itself, with the end of its log; forgets the process. */
export async function diedEarly(step: StepContext, what = 'its process'): Promise<AttituneError> {
  const file = step.component.attributes.get('logFile');
  const whole = file === undefined ? '' : withoutStackFrames(await step.executor.get(file));
  const log = lastLines(whole);
  forget(step);
  const code = /address already in use/i.test(log) ? 'port-in-use' : 'operation-failed';
  return new AttituneError(
    code,
    `${what} ended by itself on ${step.executor.node}.${log ? ` The end of its log:\n${log}` : ''}`,
  );
}

async function stopProcess(step: StepContext): Promise<StepResult> {
  const { given } = options(step, ['grace', 'signal']);
  const graceMs = parseDurationMs(given.grace?.[0] ?? '10 s');
  const pid = await runningPid(step);
  if (pid !== undefined && !(await endsPolitely(step, pid, (given.signal ?? ['TERM']).map(signalName), graceMs))) {
    step.report(`${step.component.name} did not stop by itself and is ended by force`);
    const all = [pid, ...(await childrenOf(step, pid))];
    for (const each of all) await step.executor.signal(each, 'SIGKILL');
    if (!(await ended(step, all, FORCE_MS))) {
      throw new AttituneError(
        'operation-failed',
        `Process ${pid} on ${step.executor.node} does not end, even by force.`,
      );
    }
  }
  forget(step);
  return { changed: pid !== undefined };
}

/** The id of the component's process, if it runs and is still the same one. */
export async function runningPid(step: StepContext): Promise<number | undefined> {
  const pid = Number(step.component.attributes.get('pid') ?? NaN);
  if (!Number.isInteger(pid) || pid <= 1 || !(await step.executor.isRunning(pid))) return undefined;
  const since = step.component.attributes.get('pidSince') ?? '';
  return since === '' || (await processSince(step, pid)) === since ? pid : undefined;
}

/** When a process began, in clock ticks after boot: field 22 of /proc/PID/stat, see proc(5). */
async function processSince({ executor }: StepContext, pid: number): Promise<string | undefined> {
  // one that ends while it is asked for cannot be read
  const stat = await executor.get(`/proc/${pid}/stat`).catch(() => undefined);
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
}

async function remember(step: StepContext, { logFile }: ProcessStart, pid: number): Promise<void> {
  step.component.setAttribute('pid', String(pid));
  if (logFile !== undefined) step.component.setAttribute('logFile', logFile);
  step.component.setAttribute('pidSince', (await processSince(step, pid)) ?? '');
}

/** A manager may have died after it started the program and before it noted the id. */
async function adopted(step: StepContext, start: ProcessStart): Promise<number | undefined> {
  const pid = step.resumed === true ? await findMarked(step) : undefined;
  if (pid === undefined) return undefined;
  step.report(`${step.component.name} had been started before the manager died, as process ${pid}`);
  await remember(step, start, pid);
  return pid;
}

async function endsPolitely(
  step: StepContext,
  pid: number,
  signals: readonly NodeJS.Signals[],
  graceMs: number,
): Promise<boolean> {
  for (const name of signals) {
    if (!(await step.executor.signal(pid, name)) || (await ended(step, [pid], graceMs))) return true;
  }
  return false;
}

async function reloadProcess(step: StepContext): Promise<StepResult> {
  const pid = await mustRun(step);
  const former: Generation = { workers: await childrenOf(step, pid), until: await ticksSinceBoot(step) };
  const until = step.clock.now() + step.timeoutMs;
  await step.executor.signal(pid, signalName(text(step, 0)));
  while (!(await isRenewed(step, pid, former))) {
    if (step.clock.now() >= until) {
      throw new AttituneError(
        'operation-timeout',
        `${step.component.name} still has workers from before its reload, or no new ones, after ${step.timeoutMs} ms.`,
      );
    }
    await delay(step.clock, POLL_MS, step.signal);
  }
  await mustRun(step);
  return { pid };
}

/**
 * True when all workers from before a reload are gone and there are new ones. Without those the program is still
 * reading its configuration, and a reload that came next would not know whom to wait for.
 */
async function isRenewed(step: StepContext, pid: number, former: Generation): Promise<boolean> {
  if (former.workers.length === 0) return true;
  for (const worker of former.workers) if (await step.executor.isRunning(worker)) return false;
  const others = (await childrenOf(step, pid)).filter((child) => !former.workers.includes(child));
  // more of the old ones may have been made after they were counted
  for (const other of others) if (Number((await processSince(step, other)) ?? Infinity) < former.until) return false;
  return others.length > 0;
}

/** The workers that a program has before it is told to reload, and when that was, in clock ticks since boot. */
interface Generation {
  readonly workers: readonly number[];
  readonly until: number;
}

/** See proc(5), /proc/uptime; a tick is a hundredth of a second for every reader of /proc. */
async function ticksSinceBoot({ executor }: StepContext): Promise<number> {
  const uptime = await executor.get('/proc/uptime').catch(() => undefined);
  // a worker of the same tick may be a new one already: rounded down, so that nobody waits for that to end
  return Math.floor(Number(uptime?.split(' ')[0] ?? 0) * 100);
}

async function mustRun(step: StepContext): Promise<number> {
  const pid = await runningPid(step);
  if (pid !== undefined) return pid;
  throw new AttituneError(
    'operation-failed',
    `${step.component.name} has no process that runs on ${step.executor.node}. Start it first.`,
  );
}

/** Processes directly below one, as Linux tells them: see proc(5), /proc/PID/task/TID/children. */
async function childrenOf({ executor }: StepContext, pid: number): Promise<number[]> {
  const listed = await executor.get(`/proc/${pid}/task/${pid}/children`);
  return (listed ?? '')
    .split(' ')
    .map(Number)
    .filter((child) => child > 1);
}

async function ended(
  { executor, clock, signal }: StepContext,
  pids: readonly number[],
  waitMs: number,
): Promise<boolean> {
  let left = pids;
  for (const until = clock.now() + waitMs; ;) {
    const running: number[] = [];
    for (const pid of left) if (await executor.isRunning(pid)) running.push(pid);
    left = running;
    if (left.length === 0) return true;
    if (clock.now() >= until) return false;
    await delay(clock, POLL_MS, signal);
  }
}

function forget({ component }: StepContext): void {
  component.removeAttribute('pid');
  component.removeAttribute('pidSince');
}

function described(step: StepContext, from = 0): ProcessStart {
  const { rest, given } = options(step, ['env', 'log', 'cwd', 'port', 'pidFile'], from);
  const [program, ...args] = rest;
  if (program === undefined) throw new AttituneError('value', 'no program is given.');
  return {
    argv: [program, ...args],
    env: environment(given.env),
    ...(given.log?.[0] === undefined ? {} : { logFile: given.log[0] }),
    ...(given.cwd?.[0] === undefined ? {} : { cwd: given.cwd[0] }),
    ...(given.pidFile?.[0] === undefined ? {} : { pidFile: given.pidFile[0] }),
    ...(given.port?.[0] === undefined ? {} : { port: parseInteger(given.port[0], undefined, { min: 1, max: 65535 }) }),
  };
}

function signalName(name: string): NodeJS.Signals {
  const bare = name.replace(/^SIG/, '').toUpperCase();
  if (!SIGNALS.has(bare))
    throw new AttituneError('value', `"${name}" is no signal; there are ${[...SIGNALS].join(', ')}.`);
  return `SIG${bare}` as NodeJS.Signals;
}
