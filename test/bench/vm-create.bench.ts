import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, readdir } from 'node:fs/promises';
import Table from 'cli-table3';
import { AttituneError } from '../../core/model/errors.js';
import { SystemClock, delay } from '../../core/model/clock.js';
import { UndiciHttpClient } from '../../wrappers/http/undici-http-client.js';
import { labDown, labPaths, labUp, standingLabHosts } from '../../wrappers/lab/index.js';
import { startTimeOf } from '../../wrappers/machine/processes.js';

const ROUNDS = 5;
const LIMIT = 1.2;
const HOST = 'host1';
const PORT = 8080;
const CLI = new URL('../../core/app/attitune.js', import.meta.url).pathname;
/** Of the kernel's clock in /proc (`getconf CLK_TCK` is 100 on every Linux that Debian runs on). */
const TICKS_PER_SECOND = 100;

interface Round {
  /** Seconds from the start of our command to that of QEMU. */
  readonly own: number;
  /** Seconds from the start of QEMU to the guest's first answer by HTTP. */
  readonly guest: number;
}

/**
 * `attitune vm create` of a VM from an image that is there, on a host of the lab, as a process of its own each time. Both
 * times are the kernel's: the start of our process and of QEMU's as /proc tells it, and the first answer of a web server
 * that the guest itself starts (`--http`), asked for every few milliseconds. The figure is the median of
 * (our start to answer) / (QEMU's start to answer); the command ends a little later, when the guest's agent answers, too.
 */
export async function vmCreate(): Promise<boolean> {
  if (process.getuid?.() !== 0) {
    console.error('vm-create needs root: sudo npm run bench -- vm-create');
    return false;
  }
  const onProgress = (step: string) => console.error(step);
  await labUp({ hosts: [HOST], images: ['debian'], cpuLimit: null, onProgress });
  try {
    const rounds: Round[] = [];
    // the first is not counted: it brings the image into the pool, and libvirt learns what QEMU can do
    for (let round = 0; round <= ROUNDS; round += 1) {
      const seen = await oneRound(`bench-${round}`, round);
      if (round > 0) rounds.push(seen);
    }
    return report(rounds);
  } finally {
    await labDown(onProgress);
  }
}

async function oneRound(name: string, round: number): Promise<Round> {
  const clock = new SystemClock();
  const address = await freeAddress(clock, round);
  const begun = await uptime();
  const command = spawn(
    process.execPath,
    [
      ...[CLI, 'vm', 'create', name, '--lab', '--host', HOST, '--image', 'debian', '--memory', '256 MiB'],
      ...['--address', address, '--http', String(PORT)],
    ],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  );
  const ended = once(command, 'exit') as Promise<[number | null]>;
  const http = new UndiciHttpClient();
  const url = `http://${address}:${PORT}/`;
  let answeredAt: number | undefined;
  while (answeredAt === undefined) {
    const answer = await http.get(url, { timeoutMs: 250 }).catch(() => undefined);
    if (answer?.body.trim() === name) answeredAt = await uptime();
    else if (command.exitCode !== null && command.exitCode !== 0) throw failed('create', command.exitCode);
    else await delay(clock, 5);
  }
  const started = await qemuStart(name);
  const [code] = await ended;
  if (code !== 0) throw failed('create', code);
  await attitune('destroy', name);
  await attitune('undefine', name, '--delete-disks');
  return { own: started - begun, guest: answeredAt - started };
}

/** From the end of the host's range, another one each round: the network still knows who had the one before. */
async function freeAddress(clock: SystemClock, round: number): Promise<string> {
  const [host] = await standingLabHosts(labPaths(), clock);
  const [, network, last] = /-([\d.]+\.)(\d+)\//.exec(host?.attributes['addresses'] ?? '') ?? [];
  if (last === undefined) throw new AttituneError('lab', `The lab's host ${HOST} has no range of addresses.`);
  return `${network}${Number(last) - round}`;
}

async function attitune(command: string, name: string, ...options: readonly string[]): Promise<void> {
  const child = spawn(process.execPath, [CLI, 'vm', command, name, '--lab', ...options], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0) throw failed(command, code);
}

function failed(command: string, code: number | null): AttituneError {
  return new AttituneError('operation-failed', `attitune vm ${command} ended with exit code ${code}.`);
}

/** Seconds since the machine's boot, of the same clock as the start times of processes. */
async function uptime(): Promise<number> {
  return Number((await readFile('/proc/uptime', 'utf8')).split(' ')[0]);
}

async function qemuStart(name: string): Promise<number> {
  for (const pid of await readdir('/proc')) {
    if (!/^\d+$/.test(pid)) continue;
    const words = (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).split('\0');
    if (!words[0]?.includes('qemu') || !words.some((word) => word.startsWith(`guest=${name},`))) continue;
    const ticks = await startTimeOf(Number(pid));
    if (ticks !== undefined) return Number(ticks) / TICKS_PER_SECOND;
  }
  throw new AttituneError('domain-died', `${name} answered by HTTP, but there is no QEMU of it.`);
}

function report(rounds: readonly Round[]): boolean {
  const table = new Table({
    head: ['round', 'until QEMU starts, s', 'guest, s', 'ratio'],
    colAligns: ['right', 'right', 'right', 'right'],
    style: { head: [], border: [], compact: true },
  });
  const ratioOf = ({ own, guest }: Round) => (own + guest) / guest;
  rounds.forEach((round, index) =>
    table.push([index + 1, round.own.toFixed(2), round.guest.toFixed(2), ratioOf(round).toFixed(2)]),
  );
  const ratio = median(rounds.map(ratioOf));
  table.push([
    'median',
    median(rounds.map(({ own }) => own)).toFixed(2),
    median(rounds.map(({ guest }) => guest)).toFixed(2),
    ratio.toFixed(2),
  ]);
  console.log(table.toString());
  console.log(
    `vm-create: ${ratio.toFixed(2)} × the guest's own time, at most ${LIMIT} is asked for: ${ratio <= LIMIT ? 'held' : 'missed'}`,
  );
  return ratio <= LIMIT;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return ((sorted[Math.floor(middle)] ?? NaN) + (sorted[Math.ceil(middle) - 1] ?? NaN)) / 2;
}
