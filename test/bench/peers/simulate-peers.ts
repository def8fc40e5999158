import { libraryDiagrams } from '../../../core/app/peers/library-diagrams.js';
import { asset } from '../../../core/assets/package-root.js';
import { BusMember } from '../../../core/bus/member.js';
import { MemoryHub } from '../../../core/bus/memory-hub.js';
import { SimulatedClock } from '../../../core/model/clock.js';
import { AttituneError } from '../../../core/model/errors.js';
import type { MigrationOutcome } from '../../../core/model/migration.js';
import type { PeerVm } from '../../../core/model/peer.js';
import { SeededRandom, type Random } from '../../../core/model/random.js';
import { ModelHost, type ModelHostOptions } from '../../../core/peers/model-host.js';
import { PeerNode } from '../../../core/peers/peer-node.js';
import { ScxmlEngine } from '../../../diagrams/statechart/index.js';

export interface PeersFigures {
  readonly hosts: number;
  readonly overloadedBefore: number;
  /** Hosts that are overloaded at the end, by the thresholds of the policy. */
  readonly overloaded: number;
  /** Simulated time until the last host was relieved for good; absent where one never was. */
  readonly relievedMs: number | undefined;
  readonly moves: number;
  /** Moves to a host that the VM had been on before. */
  readonly movesBack: number;
  readonly lost: number;
  readonly doubled: number;
  /** Sent in the whole time. */
  readonly messagesPerHost: number;
  readonly wallSeconds: number;
  /** Of the processor, so that others on the machine do not count. */
  readonly cpuSeconds: number;
  readonly peakRssMiB: number;
}

const VMS_PER_HOST = 20;
/** Every fourth host is overloaded. */
const ONE_IN = 4;
/** Load of a VM on a busy and on another host: from, and how much more at most. */
const BUSY = [0.5, 0.6] as const;
const CALM = [0.2, 0.3] as const;
const THRESHOLDS = { load: '12', loadLow: '10' } as const;
const EVERY_MS = 60_000;
/** Every size runs for the same simulated time, so that what a host sends can be compared. */
const MINUTES = 30;
const SAMPLE_MS = 5000;

/** Peers as they are, on hosts of a model and a bus in memory, in simulated time. */
export async function simulatePeers({ hosts: count, seed }: { hosts: number; seed: number }): Promise<PeersFigures> {
  const beganAt = process.hrtime.bigint();
  const cpuBefore = process.cpuUsage();
  const clock = new SimulatedClock(1_700_000_000_000);
  const startedAt = clock.now();
  const random = new SeededRandom(seed);
  const hub = new MemoryHub({ clock, copy: false, delayMs: { least: 1, most: 5, random } });
  const engine = new ScxmlEngine();
  const { diagram: policy } = engine.read(asset('diagrams/library/peer-balance.scxml'));
  if (!policy) throw new AttituneError('file-not-found', 'the library has no policy peer-balance');
  const diagrams = libraryDiagrams(engine);
  const hosts = new Map<string, ModelHost>();
  const trace = new Trace(hosts);
  for (let index = 0; index < count; index += 1) {
    const name = `host${index}`;
    const vms = vmsOf(index, random);
    const host = new TracedHost({ name, clock, hosts, vms, cpus: 16, memoryMiB: 16_384 }, trace);
    hosts.set(name, host);
    for (const vm of vms) trace.begins(vm.name, name);
  }
  const names = [...hosts.keys()];
  const nodes: PeerNode[] = [];
  const members: BusMember[] = [];
  for (const [name, host] of hosts) {
    const own = new SeededRandom(Math.floor(random.next() * 2 ** 31));
    const bus = await BusMember.open(hub.transport(), { name, role: 'peer', clock, random: own, checks: false });
    members.push(bus);
    nodes.push(
      new PeerNode({
        ...{ bus, host, engine, clock, random: own, policy, diagrams, everyMs: EVERY_MS },
        parameters: THRESHOLDS,
        contacts: () => names,
      }),
    );
  }
  const overloaded = () => [...hosts.values()].filter((host) => loadOf(host) > Number(THRESHOLDS.load)).length;
  const overloadedBefore = overloaded();
  for (const node of nodes) node.start();
  let relievedAt = overloadedBefore === 0 ? startedAt : undefined;
  let peakRssMiB = rssMiB();
  for (const until = startedAt + MINUTES * 60_000; clock.now() < until;) {
    await clock.advance(SAMPLE_MS);
    peakRssMiB = Math.max(peakRssMiB, rssMiB());
    if (overloaded() > 0) relievedAt = undefined;
    else relievedAt ??= clock.now();
  }
  const sent = names.reduce((sum, name) => sum + hub.carried(name).sent, 0);
  const figures = {
    hosts: count,
    overloadedBefore,
    overloaded: overloaded(),
    relievedMs: relievedAt === undefined ? undefined : relievedAt - startedAt,
    ...trace.figures(),
    messagesPerHost: sent / count,
    wallSeconds: Number(process.hrtime.bigint() - beganAt) / 1e9,
    cpuSeconds: secondsOf(process.cpuUsage(cpuBefore)),
    peakRssMiB: Math.max(peakRssMiB, rssMiB()),
  };
  await clock.runUntil(Promise.all(nodes.map((node) => node.stop())));
  await clock.runUntil(Promise.all(members.map((member) => member.close())));
  return figures;
}

function vmsOf(index: number, random: Random): readonly PeerVm[] {
  const [from, more] = index % ONE_IN === 0 ? BUSY : CALM;
  return Array.from({ length: VMS_PER_HOST }, (_, number) => ({
    name: `vm${index}-${number}`,
    memoryMiB: 512,
    vcpus: 2,
    load: from + more * random.next(),
  }));
}

function loadOf(host: ModelHost): number {
  return host.present.reduce((sum, { load }) => sum + load, 0);
}

function secondsOf({ user, system }: NodeJS.CpuUsage): number {
  return (user + system) / 1e6;
}

function rssMiB(): number {
  return process.memoryUsage.rss() / 1_048_576;
}

/** Where each VM has been. */
class Trace {
  #moves = 0;
  #back = 0;
  readonly #been = new Map<string, Set<string>>();

  constructor(private readonly hosts: ReadonlyMap<string, ModelHost>) {}

  begins(vm: string, host: string): void {
    this.#been.set(vm, new Set([host]));
  }

  moved(vm: string, to: string): void {
    const been = this.#been.get(vm);
    this.#moves += 1;
    if (been?.has(to)) this.#back += 1;
    been?.add(to);
  }

  figures(): Pick<PeersFigures, 'moves' | 'movesBack' | 'lost' | 'doubled'> {
    const present = [...this.hosts.values()].flatMap((host) => host.present.map(({ name }) => name));
    const distinct = new Set(present).size;
    return {
      moves: this.#moves,
      movesBack: this.#back,
      lost: this.#been.size - distinct,
      doubled: present.length - distinct,
    };
  }
}

class TracedHost extends ModelHost {
  constructor(
    options: ModelHostOptions,
    private readonly trace: Trace,
  ) {
    super(options);
  }

  override async migrate(vm: string, to: string, signal: AbortSignal): Promise<MigrationOutcome> {
    const outcome = await super.migrate(vm, to, signal);
    this.trace.moved(vm, to);
    return outcome;
  }
}
