import type { StepContext } from './step.js';

/** The environment variable that tells whose process it is. Its children inherit it. */
const MARK = 'ATTITUNE_COMPONENT';

/** Prints `PID PARENT` of every process with that variable (see proc(5)). */
const FIND_SCRIPT =
  'for f in $(grep -lzsxF -- "$1" /proc/[0-9]*/environ); do p=${f#/proc/}; p=${p%/environ}; ' +
  'while read -r k v; do [ "$k" = PPid: ] && echo "$p $v"; done < /proc/$p/status; done 2>/dev/null; true';

/** The variable for the environment of a component's process. */
export function markOf({ identity }: StepContext): Readonly<Record<string, string>> {
  return identity === undefined ? {} : { [MARK]: identity };
}

/** The component's process, found by its mark: the one whose parent has none. */
export async function findMarked(step: StepContext): Promise<number | undefined> {
  if (step.identity === undefined) return undefined;
  const { stdout } = await step.executor.run({
    argv: ['sh', '-c', FIND_SCRIPT, 'sh', `${MARK}=${step.identity}`],
    timeoutMs: step.timeoutMs,
    signal: step.signal,
  });
  const found = stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => line.split(' ').map(Number) as [number, number]);
  const pids = new Set(found.map(([pid]) => pid));
  return found.find(([, parent]) => !pids.has(parent))?.[0];
}
