import { delay } from '../../../core/model/clock.js';
import { AttituneError } from '../../../core/model/errors.js';
import { parseDurationMs, parseInteger } from '../../../core/model/quantity.js';
import { diedEarly, runningPid } from './process.js';
import { options, text, type StepContext, type StepTable } from './step.js';

/** One request is given up after this long, so that a server that comes up meanwhile is seen soon. */
const ATTEMPT_MS = 5000;

/** What is told by HTTP. */
export const HTTP: StepTable = {
  wait: {
    description: 'Waits until a URL answers with a status.',
    usage: 'url, timeout:60 s, status:200, every:500 ms',
    minimum: 1,
    maximum: 4,
    idempotent: true,
    reads: true,
    run: async (step) => {
      const { given } = options(step, ['timeout', 'status', 'every'], 1);
      const url = text(step, 0);
      const timeoutMs = given.timeout?.[0] === undefined ? step.timeoutMs : parseDurationMs(given.timeout[0]);
      const status = parseInteger(given.status?.[0] ?? '200', undefined, { min: 100, max: 599 });
      const everyMs = parseDurationMs(given.every?.[0] ?? '500 ms');
      const startedAt = step.clock.now();
      for (;;) {
        const left = startedAt + timeoutMs - step.clock.now();
        const last = await step.http
          .get(url, { timeoutMs: Math.max(1, Math.min(ATTEMPT_MS, left)), signal: step.signal })
          .then((response) =>
            response.status === status ? undefined : `it answered ${response.status} instead of ${status}`,
          )
          .catch((error: unknown) => AttituneError.from(error).message);
        if (last !== undefined && (await hasDied(step))) throw await diedEarly(step);
        if (last === undefined) return { elapsedMs: step.clock.now() - startedAt };
        if (step.signal.aborted)
          throw new AttituneError('cancelled', `Waiting for ${url} was cancelled.`, { cause: step.signal.reason });
        if (step.clock.now() + everyMs > startedAt + timeoutMs) {
          throw new AttituneError('operation-timeout', `${url} was not ready within ${timeoutMs} ms: ${last}`);
        }
        await delay(step.clock, everyMs, step.signal);
      }
    },
  },
  repeat: {
    description: 'Requests a URL many times, such as to warm up a Java machine before it takes load.',
    usage: 'url, times:500, together:4, status:200',
    minimum: 1,
    maximum: 4,
    idempotent: true,
    run: async (step) => {
      const { given } = options(step, ['times', 'together', 'status'], 1);
      const url = text(step, 0);
      const times = parseInteger(given.times?.[0] ?? '500', undefined, { min: 1, max: 1_000_000 });
      const together = parseInteger(given.together?.[0] ?? '4', undefined, { min: 1, max: 64 });
      const status = parseInteger(given.status?.[0] ?? '200', undefined, { min: 100, max: 599 });
      const startedAt = step.clock.now();
      let left = times;
      const worker = async (): Promise<void> => {
        while (left > 0) {
          left -= 1;
          const response = await step.http.get(url, { timeoutMs: step.timeoutMs, signal: step.signal });
          if (response.status === status) continue;
          throw new AttituneError('operation-failed', `${url} answered ${response.status} instead of ${status}.`);
        }
      };
      await Promise.all(Array.from({ length: Math.min(together, times) }, worker));
      return { times, elapsedMs: step.clock.now() - startedAt };
    },
  },
};

/** True where the component had a process, and it is gone: then nothing will ever answer. */
async function hasDied(step: StepContext): Promise<boolean> {
  return step.component.attributes.has('pid') && (await runningPid(step)) === undefined;
}
