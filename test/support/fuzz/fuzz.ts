import { Worker } from 'node:worker_threads';
import type { FuzzOrder } from './fuzz.worker.js';
import { fuzzFormats } from './formats.js';
import { caseText, type FuzzFault } from './run-cases.js';

/** A reader that needs this long for one small file hangs; it is far more than a busy machine takes. */
const HANGS_AFTER_MS = 15_000;
const WATCHED_EVERY_MS = 500;

/**
 * Runs `count` cases of a format in a thread of their own, so that one that hangs can be ended and told.
 * The same seed gives the same cases.
 */
export function fuzz(format: string, seed: number, count: number): Promise<readonly FuzzFault[]> {
  const progress = new Int32Array(new SharedArrayBuffer(4));
  const order: FuzzOrder = { format, seed, count, progress };
  const worker = new Worker(new URL('./fuzz.worker.js', import.meta.url), { workerData: order });
  return new Promise((resolve, reject) => {
    let last = 0;
    let stillMs = 0;
    const watch = setInterval(() => {
      const now = Atomics.load(progress, 0);
      stillMs = now === last && now > 0 ? stillMs + WATCHED_EVERY_MS : 0;
      last = now;
      if (stillMs < HANGS_AFTER_MS) return;
      clearInterval(watch);
      const number = now - 1;
      const reader = fuzzFormats().find(({ name }) => name === format);
      const text = reader ? caseText(reader, seed, number) : '';
      void worker.terminate().then(() => resolve([{ format, number, what: 'it hangs', text }]));
    }, WATCHED_EVERY_MS);
    worker.on('message', (faults: readonly FuzzFault[]) => resolve(faults));
    worker.on('error', reject);
    worker.on('exit', () => clearInterval(watch));
  });
}
