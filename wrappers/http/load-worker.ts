/** The thread of one load: it runs the open loop and sends what was measured in batches. */
import { parentPort, workerData } from 'node:worker_threads';
import type { RequestSample } from '../../core/model/load.js';
import type { LoadBatch, LoadTask } from './load-messages.js';
import { OpenLoop } from './open-loop.js';

const BATCH_EVERY_MS = 100;

let samples: RequestSample[] = [];
const loop = new OpenLoop(workerData as LoadTask, (sample) => samples.push(sample));

function send(done: boolean): void {
  const { phase } = loop;
  const batch: LoadBatch = { samples, done, ...(phase === undefined ? {} : { phase }) };
  samples = [];
  parentPort?.postMessage(batch);
}

const timer = setInterval(() => send(false), BATCH_EVERY_MS);
await loop.run();
clearInterval(timer);
send(true);
