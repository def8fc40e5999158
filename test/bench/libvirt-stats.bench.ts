import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { SystemClock } from '../../core/model/clock.js';
import { activeRecords } from '../../wrappers/libvirt/domain-statistics.js';
import { LibvirtHypervisor, parseLibvirtUri } from '../../wrappers/libvirt/index.js';
import type { RpcConnection } from '../../wrappers/libvirt/rpc/connection.js';
import { remoteProcedures } from '../../wrappers/libvirt/rpc/procedures.js';
import { openSession } from '../../wrappers/libvirt/session.js';
import { dialEndpoint } from '../../wrappers/libvirt/transports/index.js';
import { startLibvirtOnLoopback } from '../support/private-libvirt.js';
import { installed } from '../support/skip.js';

const DOMAINS = 200;
const WARM_UP = 30;
const ROUNDS = 15;
/** Polls of ours in each round, which has one `virsh domstats`. */
const POLLS = 10;
/** What a poll may take, and how many times as long the whole command of the peer must. */
const AT_MOST_MS = 30;
const TIMES_FASTER = 5;

const WORDS = {
  call: 'attitune, one call',
  statistics: 'attitune, statistics()',
  virsh: 'virsh domstats, the command',
  open: 'virsh left open, each domstats',
} as const;
type Row = keyof typeof WORDS;

/**
 * Statistics of 200 domains in libvirt's test driver, made by the bench in a daemon of its own. `one call` asks the
 * daemon for what `virsh domstats` asks it, and decodes it. That driver tells no more by it than the domains' states:
 * `statistics()` therefore asks for each domain once more, which no QEMU host needs. The peer is the whole command, as
 * anyone would poll with it; what it costs within a virsh that stays open is shown, too.
 */
export async function libvirtStats(): Promise<boolean> {
  if (process.getuid?.() !== 0 || !installed('libvirtd')) {
    console.log('libvirt-stats needs root and libvirt-daemon-system: sudo npm run bench -- libvirt-stats');
    return false;
  }
  const libvirt = await startLibvirtOnLoopback();
  try {
    const uri = `test+unix:///default?socket=${libvirt.daemons[0]!.socket}`;
    const hypervisor = await LibvirtHypervisor.connect({ host: 'bench', uri });
    const connection = await connect(uri);
    try {
      for (let index = (await hypervisor.list()).length; index < DOMAINS; index += 1) {
        await hypervisor.create({ name: `vm${index}`, memoryMiB: 64, vcpus: 2, disks: [] });
      }
      return judge(await measure(hypervisor, connection, uri));
    } finally {
      connection.close(remoteProcedures.connectClose);
      await hypervisor.close();
    }
  } finally {
    await libvirt.stop();
  }
}

function connect(uri: string): Promise<RpcConnection> {
  const common = { host: 'bench', clock: new SystemClock(), dial: dialEndpoint, connectTimeoutMs: 10_000 };
  return openSession({ ...common, uri: parseLibvirtUri(uri) });
}

async function measure(
  hypervisor: LibvirtHypervisor,
  connection: RpcConnection,
  uri: string,
): Promise<Partial<Record<Row, number>>> {
  const polls: Partial<Record<Row, () => unknown>> = {
    call: async () => expectAll((await activeRecords(connection))?.length),
    statistics: async () => expectAll((await hypervisor.statistics()).length),
  };
  if (installed('virsh')) polls.virsh = () => expectAll(virshDomstats(uri));
  else console.log('The peer was not measured: virsh is missing. It is in the package libvirt-clients.');
  const times = { call: [], statistics: [], virsh: [], open: [] } as Record<Row, number[]>;
  for (let round = -WARM_UP; round < ROUNDS; round += 1) {
    for (const [row, poll] of Object.entries(polls) as [Row, () => unknown][]) {
      if (round < 0 && row === 'virsh') continue;
      for (let count = row === 'virsh' ? 1 : POLLS; count > 0; count -= 1) {
        const begun = performance.now();
        await poll();
        if (round >= 0) times[row].push(performance.now() - begun);
      }
    }
  }
  const medians = Object.entries(times).flatMap(([row, all]) => (all.length > 0 ? [[row, median(all)]] : []));
  const open = polls.virsh && { open: await withinOneVirsh(uri) };
  return { ...(Object.fromEntries(medians) as Partial<Record<Row, number>>), ...open };
}

/** The number of domains that it tells of. */
function virshDomstats(uri: string): number {
  const { status, stdout, stderr } = spawnSync('virsh', ['-c', uri, 'domstats'], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`virsh failed: ${stderr}`);
  return stdout.split('Domain: ').length - 1;
}

/** Milliseconds of each `domstats` in one virsh: what many of them take longer than few do. */
async function withinOneVirsh(uri: string): Promise<number> {
  const run = async (count: number) => {
    const begun = performance.now();
    const child = spawn('virsh', ['-c', uri], { stdio: ['pipe', 'ignore', 'inherit'] });
    child.stdin.end('domstats\n'.repeat(count));
    await once(child, 'exit');
    return performance.now() - begun;
  };
  const [few, many] = [await run(10), await run(210)];
  return (many - few) / 200;
}

function expectAll(count: number | undefined): void {
  if (count !== DOMAINS) throw new Error(`${count} domains were told of, not ${DOMAINS}`);
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
}

function judge(medians: Partial<Record<Row, number>>): boolean {
  const { call = Infinity, statistics = Infinity, virsh } = medians;
  for (const [row, words] of Object.entries(WORDS) as [Row, string][]) {
    const time = medians[row];
    if (time === undefined) continue;
    const ratio =
      virsh === undefined || row === 'virsh' ? '' : `   the command takes ${(virsh / time).toFixed(1)} x as long`;
    console.log(`${words.padEnd(32)} ${time.toFixed(2).padStart(8)} ms${ratio}`);
  }
  const quick = statistics < AT_MOST_MS;
  const faster = virsh === undefined ? undefined : virsh >= TIMES_FASTER * call;
  const told = (held: boolean | undefined) => (held === undefined ? 'not measured' : held ? 'held' : 'missed');
  console.log(
    `libvirt-stats: statistics() of ${DOMAINS} domains in less than ${AT_MOST_MS} ms: ${told(quick)}; ` +
      `one call at least ${TIMES_FASTER} x faster than virsh domstats: ${told(faster)}`,
  );
  return quick && faster !== false;
}
