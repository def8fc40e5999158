import { AttituneError } from '../model/errors.js';
import type { ServerSummary } from '../model/messages.js';
import type { MachineReader } from './machine-reader.js';

const IDLE: ServerSummary = { load: [0, 0, 0], cpu: 0, memoryTotalMiB: 4096, memoryFreeMiB: 4096 };

/** A machine whose readings are set from outside, and which can be told to fail or to hang. */
export class SimulatedMachine implements MachineReader {
  summary: ServerSummary;
  loads: readonly number[];
  /** Parts that fail, with what they say. */
  readonly failing = new Map<'server' | 'cores', string>();
  /** Parts that never answer; those that are being read hear of the cut-off only. */
  readonly hanging = new Set<'server' | 'cores'>();

  constructor(summary: Partial<ServerSummary> = {}, loads: readonly number[] = [0, 0]) {
    this.summary = { ...IDLE, ...summary };
    this.loads = loads;
  }

  server(signal: AbortSignal): Promise<ServerSummary> {
    return this.#part('server', this.summary, signal);
  }

  cores(signal: AbortSignal): Promise<readonly number[]> {
    return this.#part('cores', this.loads, signal);
  }

  #part<T>(name: 'server' | 'cores', value: T, signal: AbortSignal): Promise<T> {
    if (this.hanging.has(name)) {
      return new Promise((_, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
      });
    }
    const failure = this.failing.get(name);
    return failure === undefined
      ? Promise.resolve(value)
      : Promise.reject(new AttituneError('operation-failed', failure));
  }
}
