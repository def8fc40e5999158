import { openMemberBus } from '../../../core/app/bus-address.js';
import { asset } from '../../../core/assets/package-root.js';
import { delay, SystemClock } from '../../../core/model/clock.js';
import { AttituneError } from '../../../core/model/errors.js';
import type { MigrationOutcome } from '../../../core/model/migration.js';
import type { PeerHost, PeerReadings, PeerVm } from '../../../core/model/peer.js';
import { Negotiator, readHelpDiagrams } from '../../../core/peers/negotiation/index.js';
import { ScxmlEngine } from '../../../diagrams/statechart/index.js';
import type { FromPeer, HostMethod, ToPeer } from './peer-messages.js';

/** A peer as a process of its own: NAME BUS_ADDRESS PKI_FOLDER PEER,PEER… Its host is the test that started it. */
const [name = '', address = '', pki = '', all = ''] = process.argv.slice(2);
const clock = new SystemClock();
const random = { next: () => Math.random() };
const others = all.split(',').filter((other) => other !== name);
const waiting = new Map<number, { resolve(answer: unknown): void; reject(error: Error): void }>();
let calls = 0;

const tell = (message: FromPeer) => process.send?.(message);

function call(method: HostMethod, args: readonly string[] = [], signal?: AbortSignal): Promise<unknown> {
  const id = (calls += 1);
  return new Promise((resolve, reject) => {
    waiting.set(id, { resolve, reject });
    signal?.addEventListener('abort', () => tell({ kind: 'abort', id }), { once: true });
    tell({ kind: 'call', id, method, args });
  });
}

const host: PeerHost = {
  name,
  readings: async () => (await call('readings')) as PeerReadings,
  vms: async () => (await call('vms')) as readonly PeerVm[],
  migrating: async (vm) => (await call('migrating', [vm])) as boolean,
  migrate: async (vm, to, signal) => (await call('migrate', [vm, to], signal)) as MigrationOutcome,
  adapt: () => Promise.resolve([]),
};

process.on('disconnect', () => process.exit(0));
process.on('message', (message: ToPeer) => {
  if (message.kind === 'status') {
    const { reservedMiB, busy, counts } = negotiator;
    tell({ kind: 'status', status: { reservedMiB, busy, connected: bus.connected, counts } });
    return;
  }
  const caller = waiting.get(message.id);
  waiting.delete(message.id);
  if (message.error === undefined) caller?.resolve(message.answer);
  else caller?.reject(new AttituneError('migration-failed', message.error));
});

async function join(): Promise<Awaited<ReturnType<typeof openMemberBus>>> {
  for (;;) {
    try {
      return await openMemberBus({ address, pki, name, role: 'agent', clock });
    } catch (error) {
      if (!AttituneError.is(error, 'bus') && !AttituneError.is(error, 'name-taken')) throw error;
      await delay(clock, 200);
    }
  }
}

const engine = new ScxmlEngine();
const bus = await join();
let readings = await host.readings();
const load = (vms: readonly PeerVm[]) => vms.reduce((sum, vm) => sum + vm.load, 0);
const negotiator: Negotiator = new Negotiator({
  ...{ bus, engine, host, clock, random },
  diagrams: readHelpDiagrams(engine, asset('diagrams/library')),
  parameters: {
    ask: { within: '1s', longest: '20s', doubt: '20s' },
    offer: { held: '4s', look: '2s', limit: '20s' },
  },
  candidates: async () => {
    readings = await host.readings();
    return readings.cpuLoadOne > readings.cpus ? host.vms() : [];
  },
  whomToAsk: (most) => [...others].sort(() => Math.random() - 0.5).slice(0, most),
  suitable: async (candidates, { expected }) => {
    readings = await host.readings();
    return candidates.find((vm) => readings.cpuLoadOne + load(expected) + vm.load <= readings.cpus);
  },
  accepting: () => readings.cpuLoadOne < readings.cpus,
  onStep: (step) => tell({ kind: 'step', step }),
});
tell({ kind: 'ready' });
for (;;) {
  readings = await host.readings();
  if (readings.cpuLoadOne > readings.cpus) await negotiator.askForHelp();
  await delay(clock, 200 + Math.random() * 300);
}
