import { spawnSync } from 'node:child_process';
import { expect } from 'chai';
import { SystemClock } from '../../../core/model/clock.js';
import { loadGuest } from '../../../core/app/vm/guest-load.js';
import { guestProcesses, parseProcesses } from '../../../core/app/vm/guest-processes.js';
import { LocalExecutor } from '../../../wrappers/language/executors/local.js';
import { failure } from './fleet-world.js';

// this machine stands for a guest: both are a Linux with a shell
const here = new LocalExecutor({ node: 'here' });
const signal = new AbortController().signal;

/** Lines of /proc/PID/stat: 52 fields, of which some matter here. */
const stat = (pid: number, name: string, ticks: number, pages: number, start = 5) => {
  const fields = Array.from({ length: 50 }, () => '0');
  Object.assign(fields, { 0: 'S', 11: String(ticks), 12: '0', 19: String(start), 21: String(pages) });
  return `${pid} (${name}) ${fields.join(' ')}`;
};

describe('the inside of a guest', function () {
  this.timeout(20_000);

  it('shows the processes by what they used between two samples', () => {
    const text = [
      'cpu  100 0 100 800 0 0 0 0 0 0',
      stat(1, 'init', 10, 256),
      stat(7, 'a) b (c', 10, 512),
      '--',
      'cpu  150 0 150 900 0 0 0 0 0 0',
      stat(1, 'init', 10, 256),
      stat(7, 'a) b (c', 60, 512),
      stat(9, 'new', 20, 0, 900),
      '--',
      'dr-xr-xr-x 9 0 0 0 Nov 21 18:00 /proc/1',
      'dr-xr-xr-x 9 33 33 0 Nov 21 18:00 /proc/7',
      '--',
      '==> /proc/1/cmdline <==\n/sbin/init\0splash\0\n==> /proc/7/cmdline <==\n/bin/x\0\x1b[2J\0\n==> /proc/9/cmdline <==\n',
      '--',
      '2',
      '4096',
    ].join('\n');
    const found = parseProcesses(text);
    expect(found).to.include({ cpus: 2, busyPercent: 50 });
    expect(
      found?.processes.map(({ pid, uid, cpuPercent, residentMiB, command }) => [
        pid,
        uid,
        cpuPercent,
        residentMiB,
        command,
      ]),
    ).to.deep.equal([
      [7, 33, 50, 2, '/bin/x ?[2J'],
      [9, 0, 20, 0, '[new]'],
      [1, 0, 0, 1, '/sbin/init splash'],
    ]);
  });

  it('takes nothing else for processes', async () => {
    for (const text of ['', '--\n--\n', 'cpu x\n--\ncpu y\n--\n--\n--\n0\n0'])
      expect(parseProcesses(text)).to.equal(undefined);
    const silent = new LocalExecutor({ node: 'guest', prefix: ['sh', '-c', 'echo no sh >&2; exit 1'] });
    expect((await failure(guestProcesses(silent, 1, signal))).message).to.contain('no sh');
  });

  it('reads those of a real Linux', async () => {
    const { cpus, processes } = await guestProcesses(here, 0.2, signal);
    expect(cpus).to.be.at.least(1);
    const own = processes.find(({ pid }) => pid === process.pid);
    expect(own?.command).to.contain('node');
    expect(own?.residentMiB).to.be.greaterThan(10);
    expect(own?.uid).to.equal(process.getuid?.());
  });

  it('keeps CPUs busy for as long as is asked for', async () => {
    const clock = new SystemClock();
    const parts: number[] = [];
    const begun = Date.now();
    const task = { signal, onProgress: (_: string, part?: number) => void parts.push(part ?? -1) };
    await loadGuest(here, { cpus: 1, durationMs: 1000 }, task, clock);
    expect(Date.now() - begun).to.be.within(900, 15_000);
    expect(parts[0]).to.be.within(0, 0.5);
  });

  it('stops at once where the load is cancelled, and leaves no loop behind', async () => {
    const abort = new AbortController();
    const loading = failure(
      loadGuest(
        here,
        { cpus: 2, durationMs: 97_000 },
        { signal: abort.signal, onProgress: () => undefined },
        new SystemClock(),
      ),
    );
    await new Promise((resolve) => setTimeout(resolve, 300));
    const loops = () => spawnSync('pgrep', ['-f', 'timeout --foreground 97 sh']).stdout.toString().trim();
    expect(loops()).to.not.equal('');
    abort.abort();
    expect((await loading).code).to.equal('cancelled');
    expect(loops()).to.equal('');
  });
});
