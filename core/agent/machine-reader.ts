import type { ServerSummary } from '../model/messages.js';

/**
 * The machine that an agent runs on. Each part is read by itself, so that one that fails or hangs costs no other. Both
 * reject where it cannot be read, and give up when the signal is aborted.
 */
export interface MachineReader {
  server(signal: AbortSignal): Promise<ServerSummary>;
  /** Load of each core in [0, 1] since it was read before, in the kernel's order. */
  cores(signal: AbortSignal): Promise<readonly number[]>;
}
