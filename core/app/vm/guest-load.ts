import { delay, type Clock } from '../../model/clock.js';
import { AttituneError } from '../../model/errors.js';
import type { Executor } from '../../model/executor.js';
import type { Task } from './fleet.js';

/** `$1` loops, `$2` seconds. Each loop ends by itself, so that nothing is left where the caller is gone. */
const LOAD_SCRIPT = `i=0
while [ "$i" -lt "$1" ]; do
  timeout --foreground "$2" sh -c 'while :; do :; done' &
  i=$((i + 1))
done
wait`;

/** How much longer than its loops the command may take: the guest's CPUs are busy by then. */
const PATIENCE_MS = 60_000;
const TICK_MS = 1000;

/** Keeps so many of a guest's CPUs busy for a time; ends at once where the signal aborts. */
export async function loadGuest(
  guest: Executor,
  { cpus, durationMs }: { readonly cpus: number; readonly durationMs: number },
  { signal, onProgress }: Pick<Task, 'signal' | 'onProgress'>,
  clock: Clock,
): Promise<void> {
  const seconds = Math.max(1, Math.ceil(durationMs / 1000));
  const over = new AbortController();
  const started = clock.now();
  const progress = (async () => {
    while (!over.signal.aborted) {
      const part = Math.min(1, (clock.now() - started) / (seconds * 1000));
      onProgress(`${guest.node}: ${cpus} ${cpus === 1 ? 'CPU' : 'CPUs'} busy`, part);
      await delay(clock, TICK_MS, over.signal).catch(() => undefined);
    }
  })();
  try {
    const { exitCode, stderr } = await guest.run({
      argv: ['sh', '-c', LOAD_SCRIPT, 'attitune', String(cpus), String(seconds)],
      timeoutMs: seconds * 1000 + PATIENCE_MS,
      signal,
    });
    if (exitCode !== 0)
      throw new AttituneError(
        'operation-failed',
        `The CPUs of ${guest.node} could not be loaded: ${stderr.trim() || `exit code ${exitCode}`}`,
      );
  } finally {
    over.abort();
    await progress;
  }
}
