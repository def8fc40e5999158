import 'reflect-metadata';
import { BusMember } from '../../../core/bus/member.js';
import { SystemClock } from '../../../core/model/clock.js';
import { SeededRandom } from '../../../core/model/random.js';
import { WatchdogDetector, type WatchdogState } from '../../../probes/detectors/watchdog.detector.js';
import { openHub, openTransport, type BenchHub } from './carrier.js';
import { EVERY_MS, LIMIT, POINTS, type ManagerOrder, type ManagerReport } from './messages.js';

/** What a manager does with readings, in a process of its own: a watchdog for each agent, whose verdict is an operation there. */

const OPERATION_MS = 10_000;
const detector = new WatchdogDetector();
const config = detector.configure(
  { above: `${LIMIT * 100} %`, points: String(POINTS) },
  EVERY_MS,
  { file: 'bench', line: 1, column: 1 },
  { measure: 'cpu', unit: 'ratio' },
);

const clock = new SystemClock();
const random = new SeededRandom(1);
const states = new Map<string, WatchdogState>();
const heartbeats = new Map<string, number>();
const members = new Set<string>();
let readings = 0;
let failed = 0;
let peakMiB = 0;
let begun = { cpu: process.cpuUsage(), at: performance.now() };
let bus: BusMember;
let hub: BenchHub | undefined;

function watch(): void {
  bus.subscribe('reading', ({ component, at, value }, from) => {
    readings += 1;
    const { state, fired } = detector.step(
      states.get(component) ?? detector.initial(),
      { at, ...(value === undefined ? {} : { value }) },
      config,
    );
    states.set(component, state);
    if (fired === undefined) return;
    bus
      .request(from, 'agent.commands', { commands: [{ argv: ['true'] }] }, { timeoutMs: OPERATION_MS })
      .catch(() => (failed += 1));
  });
  bus.subscribe('agent.heartbeat', ({ agent }) => {
    heartbeats.set(agent, (heartbeats.get(agent) ?? 0) + 1);
  });
  bus.onMembership(({ kind, member }) => {
    if (kind === 'joined') members.add(member.name);
    else members.delete(member.name);
  });
  setInterval(() => (peakMiB = Math.max(peakMiB, process.memoryUsage.rss() / 2 ** 20)), 500);
}

async function obey(order: ManagerOrder): Promise<ManagerReport> {
  switch (order.order) {
    case 'join': {
      hub = order.embedded ? await openHub(order.plan, clock) : undefined;
      const transport = hub ? hub.transport : openTransport(order.plan, clock, random);
      bus = await BusMember.open(transport, {
        name: 'manager',
        role: 'manager',
        clock,
        random: random,
      });
      watch();
      return { report: 'joined', address: hub?.address ?? order.plan.address };
    }
    case 'measure':
      begun = { cpu: process.cpuUsage(), at: performance.now() };
      return { report: 'measuring' };
    case 'count': {
      const { user, system } = process.cpuUsage(begun.cpu);
      return {
        report: 'counted',
        heartbeats: Object.fromEntries(heartbeats),
        readings,
        members: members.size,
        failed,
        dropped: Object.values(bus.counts.dropped).reduce((sum, count) => sum + count, 0),
        cpuSeconds: (user + system) / 1e6,
        seconds: (performance.now() - begun.at) / 1000,
        peakMiB,
      };
    }
    case 'leave':
      await bus.close();
      await hub?.close();
      return { report: 'left' };
  }
}

process.on('message', (order: ManagerOrder) => {
  obey(order).then(
    (report) => process.send?.(report),
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
});
