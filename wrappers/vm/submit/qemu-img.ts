import { AttituneError } from '../../../core/model/errors.js';
import type { CommandResult, Executor } from '../../../core/model/executor.js';
import type { ProbeFacts } from './submission.js';

/** What qemu-img may take for one image: an image can be made to need more than the host has. */
const LIMITS = { memoryBytes: 1024 ** 3, cpuSeconds: 60, timeoutMs: 120_000 } as const;

interface InfoAnswer {
  readonly format?: string;
  readonly 'virtual-size'?: number;
}

interface CheckAnswer {
  readonly 'image-end-offset'?: number;
  readonly corruptions?: number;
  readonly leaks?: number;
  readonly 'check-errors'?: number;
}

/**
 * Asks qemu-img about an image whose header was found harmless; the format is told, never probed. Resolves with what
 * it says, also where it fails. Rejects with `missing-package` or `cancelled`.
 */
export async function probeImage(
  executor: Executor,
  path: string,
  format: 'raw' | 'qcow2',
  signal?: AbortSignal,
): Promise<ProbeFacts> {
  const ask = (...words: readonly string[]) => qemuImg(executor, words, format, path, signal);
  const nothing = { corruptions: 0, leaks: 0 };
  const info = await ask('info');
  if (typeof info === 'string') return { ...nothing, failure: info };
  const told = info as InfoAnswer;
  const size = told['virtual-size'];
  const facts = {
    ...nothing,
    ...(told.format !== undefined && { format: told.format }),
    ...(size !== undefined && { virtualBytes: size }),
  };
  if (format === 'raw') return facts;
  const check = await ask('check');
  if (typeof check === 'string') return { ...facts, failure: check };
  const { 'image-end-offset': endBytes, 'check-errors': errors = 0, corruptions = 0, leaks = 0 } = check as CheckAnswer;
  return { ...facts, corruptions: corruptions + errors, leaks, ...(endBytes !== undefined && { endBytes }) };
}

/** The JSON answer, or why there is none. */
async function qemuImg(
  executor: Executor,
  words: readonly string[],
  format: string,
  path: string,
  signal?: AbortSignal,
): Promise<object | string> {
  const limits = [`--as=${LIMITS.memoryBytes}`, `--cpu=${LIMITS.cpuSeconds}`, '--core=0'];
  const command = ['qemu-img', ...words, '-f', format, '--output=json', '--', path];
  let result: CommandResult;
  try {
    result = await executor.run({
      argv: ['prlimit', ...limits, '--', ...command],
      env: { LC_ALL: 'C.UTF-8' },
      timeoutMs: LIMITS.timeoutMs,
      ...(signal && { signal }),
    });
  } catch (error) {
    if (AttituneError.is(error, 'operation-timeout')) return `it took longer than ${LIMITS.timeoutMs / 1000} s`;
    // it tells each fault of an image that was cut off: more than an executor takes is very many
    if (AttituneError.is(error, 'operation-failed')) return error.message;
    throw error;
  }
  if (/prlimit: failed to execute/.test(result.stderr)) {
    throw new AttituneError('missing-package', "The program 'qemu-img' is not installed: install qemu-utils.");
  }
  try {
    // faults that it finds make it fail, with an answer all the same
    return JSON.parse(result.stdout) as object;
  } catch {
    const said = result.stderr.trim().split('\n').slice(-2).join(' ').slice(0, 500);
    return said ? said.replace(/^qemu-img: /, '') : `it ended with exit code ${result.exitCode}`;
  }
}
