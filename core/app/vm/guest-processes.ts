import type { Executor } from '../../model/executor.js';
import { AttituneError } from '../../model/errors.js';

/** A process inside a guest. */
export interface GuestProcess {
  readonly pid: number;
  readonly uid: number;
  readonly state: string;
  /** Of one CPU, over the time between the two samples. */
  readonly cpuPercent: number;
  readonly residentMiB: number;
  readonly command: string;
}

export interface GuestProcesses {
  readonly cpus: number;
  /** Of all CPUs together, of the guest's own time. */
  readonly busyPercent: number;
  /** Busiest first. */
  readonly processes: readonly GuestProcess[];
}

/** `$1`: seconds between the samples. Only what every Linux has: /proc, and a handful of small programs. */
const SAMPLE_SCRIPT = `stat() { head -n 1 /proc/stat; cat /proc/[0-9]*/stat 2>/dev/null; echo --; }
stat; sleep "$1"; stat
ls -ldn /proc/[0-9]* 2>/dev/null; echo --
head -v -c 256 /proc/[0-9]*/cmdline 2>/dev/null; echo; echo --
grep -c '^cpu[0-9]' /proc/stat
getconf PAGESIZE 2>/dev/null || echo 4096`;

const TIMEOUT_MS = 30_000;

/** The processes of a guest, from two samples of its /proc. Rejects as the executor does, or with `operation-failed`. */
export async function guestProcesses(guest: Executor, seconds: number, signal: AbortSignal): Promise<GuestProcesses> {
  const { stdout, stderr } = await guest.run({
    argv: ['sh', '-c', SAMPLE_SCRIPT, 'attitune', String(seconds)],
    timeoutMs: TIMEOUT_MS + seconds * 1000,
    signal,
  });
  const parsed = parseProcesses(stdout);
  if (parsed) return parsed;
  throw new AttituneError(
    'operation-failed',
    `The processes in ${guest.node} cannot be read: ${stderr.trim() || 'its /proc is not that of Linux'}.`,
  );
}

interface Sample {
  readonly totalTicks: number;
  readonly idleTicks: number;
  readonly processes: ReadonlyMap<number, Stat>;
}

interface Stat {
  readonly name: string;
  readonly state: string;
  readonly ticks: number;
  readonly startTicks: number;
  readonly residentPages: number;
}

/** Reads what the script above printed; `undefined` where it is something else. */
export function parseProcesses(text: string): GuestProcesses | undefined {
  const [first = '', second = '', owners = '', commands = '', rest = ''] = text.split(/^--$/m);
  const [before, after] = [parseSample(first), parseSample(second)];
  const [cpus = NaN, pageBytes = NaN] = rest.trim().split(/\s+/).map(Number);
  if (!before || !after || !(cpus > 0) || !(pageBytes > 0)) return undefined;
  const passed = after.totalTicks - before.totalTicks;
  const percent = (ticks: number) => (passed > 0 ? Math.max(0, Math.round((1000 * cpus * ticks) / passed) / 10) : 0);
  const uids = parseOwners(owners);
  const lines = parseCommands(commands);
  const processes = [...after.processes].map(([pid, stat]): GuestProcess => {
    const earlier = before.processes.get(pid);
    const same = earlier?.startTicks === stat.startTicks;
    return {
      pid,
      uid: uids.get(pid) ?? 0,
      state: stat.state,
      cpuPercent: percent(stat.ticks - (same ? earlier.ticks : 0)),
      residentMiB: Math.round((stat.residentPages * pageBytes) / 2 ** 20),
      command: lines.get(pid) ?? `[${stat.name}]`,
    };
  });
  processes.sort((a, b) => b.cpuPercent - a.cpuPercent || b.residentMiB - a.residentMiB || a.pid - b.pid);
  const busyPercent = percent(passed - (after.idleTicks - before.idleTicks)) / cpus;
  return { cpus, busyPercent: Math.round(busyPercent * 10) / 10, processes };
}

/** The first line of /proc/stat, then lines of /proc/PID/stat (proc(5)). */
function parseSample(text: string): Sample | undefined {
  const [head = '', ...lines] = text.trim().split('\n');
  const ticks = /^cpu\s+(.*)$/.exec(head)?.[1]?.trim().split(/\s+/).map(Number) ?? [];
  if (ticks.length < 5) return undefined;
  // user nice system idle iowait irq softirq steal; what guests of the guest use is in user and nice already
  const [, , , idle = 0, ioWait = 0] = ticks;
  const processes = new Map<number, Stat>();
  for (const line of lines) {
    // the name may hold anything, also parentheses and line ends
    const open = line.indexOf('(');
    const close = line.lastIndexOf(')');
    const fields = line.slice(close + 2).split(' ');
    const pid = Number(line.slice(0, open));
    if (open < 1 || close < open || !Number.isInteger(pid) || fields.length < 22) continue;
    processes.set(pid, {
      name: line.slice(open + 1, close),
      state: fields[0] ?? '?',
      ticks: Number(fields[11]) + Number(fields[12]),
      startTicks: Number(fields[19]),
      residentPages: Math.max(0, Number(fields[21])),
    });
  }
  return {
    totalTicks: ticks.slice(0, 8).reduce((sum, value) => sum + value, 0),
    idleTicks: idle + ioWait,
    processes,
  };
}

/** Lines of `ls -ldn /proc/PID`. */
function parseOwners(text: string): ReadonlyMap<number, number> {
  const lines = text.matchAll(/^\S+\s+\d+\s+(\d+)\s.*\/proc\/(\d+)$/gm);
  return new Map([...lines].map(([, uid, pid]) => [Number(pid), Number(uid)]));
}

/** What `head -v` printed: a line `==> /proc/PID/cmdline <==`, then words with zero bytes between; empty for a kernel thread. */
function parseCommands(text: string): ReadonlyMap<number, string> {
  const found = new Map<number, string>();
  const parts = text.split(/^==> \/proc\/(\d+)\/cmdline <==$/m);
  for (let index = 1; index < parts.length; index += 2) {
    const words = (parts[index + 1] ?? '').replace(/[\0\s]+/g, ' ').trim();
    // what a terminal would take as a command of its own is not for showing
    const shown = words.replace(/[\x00-\x1f\x7f-\x9f]/g, '?');
    if (shown) found.set(Number(parts[index]), shown);
  }
  return found;
}
