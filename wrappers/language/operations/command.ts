import { delay } from '../../../core/model/clock.js';
import { AttituneError } from '../../../core/model/errors.js';
import type { CommandResult } from '../../../core/model/executor.js';
import { parseDurationMs, parseInteger } from '../../../core/model/quantity.js';
import { diedEarly, runningPid } from './process.js';
import { environment, lastLines, options, type StepContext, type StepResult, type StepTable } from './step.js';

/** Commands that run to their end. No shell is involved. */
export const COMMAND: StepTable = {
  run: {
    description: 'Runs a command and checks its exit code.',
    usage: 'program, argument …, env:NAME=value …, cwd:FOLDER, exit:CODE …',
    minimum: 1,
    idempotent: false,
    run: async (step) => {
      const { rest, given } = options(step, ['env', 'cwd', 'exit']);
      const [program, ...args] = rest;
      if (program === undefined) throw new AttituneError('value', 'no program is given.');
      const accepted = (given.exit ?? ['0']).map((code) => parseInteger(code, undefined, { max: 255 }));
      const { exitCode, stdout, stderr } = await step.executor.run({
        argv: [program, ...args],
        env: environment(given.env),
        timeoutMs: step.timeoutMs,
        signal: step.signal,
        ...(given.cwd?.[0] === undefined ? {} : { cwd: given.cwd[0] }),
      });
      if (!accepted.includes(exitCode)) {
        const said = lastLines(stderr) || lastLines(stdout);
        throw new AttituneError(
          'operation-failed',
          `${[program, ...args].join(' ')} ended with exit code ${exitCode} on ${step.executor.node}${said ? `: ${said}` : '.'}`,
          {
            details: { exitCode, stderr },
          },
        );
      }
      return { exitCode, stdout: stdout.trimEnd() };
    },
  },
  wait: {
    description: 'Runs a command again and again until what it prints matches a pattern.',
    usage: 'program, argument …, until:PATTERN, every:1 s, timeout:60 s, env:NAME=value …, cwd:FOLDER',
    minimum: 2,
    idempotent: true,
    run: waitFor,
  },
};

/** One try is given up after this long: a server that is asked while it comes up may never answer. */
const ATTEMPT_MS = 15_000;

/** Exit codes are not looked at: a command that fails at first prints nothing that matches. */
async function waitFor(step: StepContext): Promise<StepResult> {
  const { rest, given } = options(step, ['until', 'every', 'timeout', 'env', 'cwd']);
  const [program, ...args] = rest;
  const until = given.until?.[0];
  if (program === undefined) throw new AttituneError('value', 'no program is given.');
  if (until === undefined) throw new AttituneError('value', 'until:PATTERN is missing: what is waited for?');
  const pattern = patternOf(until);
  const timeoutMs = given.timeout?.[0] === undefined ? step.timeoutMs : parseDurationMs(given.timeout[0]);
  const everyMs = parseDurationMs(given.every?.[0] ?? '1 s');
  const { clock, executor, signal } = step;
  const startedAt = clock.now();
  for (;;) {
    const left = startedAt + timeoutMs - clock.now();
    const attempt = executor.run({
      argv: [program, ...args],
      env: environment(given.env),
      timeoutMs: Math.max(1, Math.min(ATTEMPT_MS, left)),
      signal,
      ...(given.cwd?.[0] === undefined ? {} : { cwd: given.cwd[0] }),
    });
    const { exitCode, stdout, stderr } = await attempt.catch(tookTooLong);
    if (pattern.test(stdout.trim())) return { elapsedMs: clock.now() - startedAt };
    if (step.component.attributes.has('pid') && (await runningPid(step)) === undefined) throw await diedEarly(step);
    if (clock.now() + everyMs > startedAt + timeoutMs) {
      const said = lastLines(stderr) || lastLines(stdout) || 'nothing';
      throw new AttituneError(
        'operation-timeout',
        `${[program, ...args].join(' ')} did not tell "${until}" within ${timeoutMs} ms on ${executor.node}; with exit code ${exitCode} it told ${said}`,
      );
    }
    await delay(clock, everyMs, signal);
  }
}

/** One try that takes too long is one that told nothing. */
function tookTooLong(error: unknown): CommandResult {
  if (!AttituneError.is(error, 'operation-timeout')) throw error;
  return { exitCode: 124, stdout: '', stderr: error.message };
}

function patternOf(text: string): RegExp {
  try {
    return new RegExp(text, 'm');
  } catch (error) {
    throw new AttituneError('value', `until:${text} is no pattern.`, { cause: error });
  }
}
