import 'reflect-metadata';
import { parentPort, workerData } from 'node:worker_threads';
import { fuzzFormats } from './formats.js';
import { caseText, runCase, type FuzzFault } from './run-cases.js';

/** Which cases of which format, and where to say which one is under way. */
export interface FuzzOrder {
  readonly format: string;
  readonly seed: number;
  readonly count: number;
  readonly progress: Int32Array;
}

const { format: name, seed, count, progress } = workerData as FuzzOrder;
const format = fuzzFormats().find((candidate) => candidate.name === name);
if (!format) throw new Error(`there is no format ${name}`);
const faults: FuzzFault[] = [];
for (let number = 0; number < count; number += 1) {
  Atomics.store(progress, 0, number + 1);
  const text = caseText(format, seed, number);
  const what = runCase(format, text);
  if (what !== undefined) faults.push({ format: name, number, what, text });
}
parentPort?.postMessage(faults);
