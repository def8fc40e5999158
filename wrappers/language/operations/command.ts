import { AttituneError } from '../../../core/model/errors.js';
import { parseInteger } from '../../../core/model/quantity.js';
import { environment, lastLines, options, type StepTable } from './step.js';

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
};
