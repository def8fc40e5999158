import { readFile } from 'node:fs/promises';

/** Clock ticks of Linux in a second, as `getconf CLK_TCK` tells on every machine of today. */
const TICKS_PER_SECOND = 100;

/** What another process has used so far, by `/proc` (proc(5)): fields 14 and 15 of `stat`, `VmHWM` of `status`. */
export async function usageOf(pid: number): Promise<{ readonly cpuSeconds: number; readonly peakMiB: number }> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  // the command's name, in parentheses, may hold spaces
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticks = Number(fields[11]) + Number(fields[12]);
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return {
    cpuSeconds: ticks / TICKS_PER_SECOND,
    peakMiB: Number(/^VmHWM:\s+(\d+)/m.exec(status)?.[1] ?? 0) / 1024,
  };
}
