import { readFile } from 'node:fs/promises';

/**
 * When a process was started, in clock ticks since the machine's boot: with its id, it names a process for good, since
 * ids are used again. `undefined`: there is no such process, or it has ended and nobody has collected it.
 */
export async function startTimeOf(pid: number): Promise<string | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  // man 5 proc: the name in parentheses may hold anything, the fields after it are the state (3rd) and on
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return stat === '' || fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19];
}

/** The command line of a process, for messages. */
export async function commandOf(pid: number): Promise<string> {
  const text = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  return text.split('\0').filter(Boolean).join(' ').slice(0, 200);
}

/** Differs for each boot of the machine. */
export async function bootId(): Promise<string> {
  return (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
}
