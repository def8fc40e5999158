import { asset } from '../../../core/assets/package-root.js';
import { BusMember } from '../../../core/bus/member.js';
import { MemoryHub, type MemoryHubOptions } from '../../../core/bus/memory-hub.js';
import { SimulatedClock } from '../../../core/model/clock.js';
import type { MemberBus } from '../../../core/model/member-bus.js';
import type { PeerVm } from '../../../core/model/peer.js';
import { SeededRandom } from '../../../core/model/random.js';
import {
  Negotiator,
  readHelpDiagrams,
  type HelpDiagrams,
  type HelpOutcome,
  type NegotiationStep,
  type OfferEndReport,
} from '../../../core/peers/negotiation/index.js';
import { ScxmlEngine } from '../../../diagrams/statechart/index.js';
import { HarshHost, type HarshGround } from './harsh-host.js';
import { mortalHost, repeatingBus } from './mortal-peer.js';

const engine = new ScxmlEngine();
let diagrams: HelpDiagrams | undefined;

/** As the library has them. */
export function helpDiagrams(): HelpDiagrams {
  return (diagrams ??= readHelpDiagrams(engine, asset('diagrams/library')));
}

/** Times that are short enough for a test to see all of them. */
export const SHORT = {
  ask: { longest: '60s', doubt: '60s' },
  offer: { held: '10s', look: '15s', limit: '60s' },
};

/** After this time without new requests everything has ended: a migration, the doubt about it, and what the other side waits. */
export const LONGEST_MS = 300_000;

export interface HelpWorldOptions {
  /** VMs of each host, and its memory. */
  readonly hosts: Readonly<Record<string, { readonly memoryMiB?: number; readonly vms?: readonly PeerVm[] }>>;
  readonly seed?: number;
  readonly delayMs?: MemoryHubOptions['delayMs'];
  /** Whether a message is told or asked twice. */
  readonly twice?: () => boolean;
}

/** One life of a peer. */
interface Life {
  readonly bus: MemberBus;
  readonly negotiator: Negotiator;
  alive: boolean;
}

export interface SeenStep extends NegotiationStep {
  readonly peer: string;
}

/** Peers on a hub in memory, each with a host of its own, in simulated time. */
export class HelpWorld {
  readonly clock = new SimulatedClock(1_000_000);
  readonly hub: MemoryHub;
  readonly hosts = new Map<string, HarshHost>();
  readonly ground: HarshGround;
  readonly steps: SeenStep[] = [];
  readonly offerEnds: OfferEndReport[] = [];
  /** Offers that reached those who had asked. */
  readonly offered: { readonly negotiation: string; readonly offer: string }[] = [];
  /** Called at each step; for faults that strike there. */
  onStep: (step: SeenStep) => void = () => undefined;
  /** Hosts between which nothing is copied. */
  broken: (from: string, to: string) => boolean = () => false;
  readonly #lives = new Map<string, Life>();
  readonly #random: SeededRandom;
  readonly #twice: () => boolean;

  private constructor({ hosts, seed = 1, delayMs = 1, twice = () => false }: HelpWorldOptions) {
    this.#random = new SeededRandom(seed);
    this.#twice = twice;
    this.hub = new MemoryHub({ clock: this.clock, delayMs });
    this.ground = {
      clock: this.clock,
      hosts: this.hosts,
      moves: [],
      violations: [],
      linked: (from, to) => !this.broken(from, to),
    };
    for (const [name, { memoryMiB = 4096, vms = [] }] of Object.entries(hosts))
      this.hosts.set(name, new HarshHost(name, memoryMiB, vms, this.ground));
  }

  static async open(options: HelpWorldOptions): Promise<HelpWorld> {
    const world = new HelpWorld(options);
    for (const name of world.hosts.keys()) await world.join(name);
    return world;
  }

  /** Begins a peer, for the first time or anew. */
  async join(name: string): Promise<void> {
    const bus = await BusMember.open(this.hub.transport(), {
      ...{ name, role: 'agent', clock: this.clock, random: this.#random },
    });
    const host = this.host(name);
    const life: { alive: boolean; bus: MemberBus; negotiator?: Negotiator } = { alive: true, bus };
    bus.subscribe('help.offer', ({ negotiation, offer }) => this.offered.push({ negotiation, offer }));
    const load = (vms: readonly PeerVm[]) => vms.reduce((sum, vm) => sum + vm.load, 0);
    life.negotiator = new Negotiator({
      bus: repeatingBus(bus, this.#twice),
      engine,
      clock: this.clock,
      random: this.#random,
      diagrams: helpDiagrams(),
      parameters: SHORT,
      host: mortalHost(host, () => life.alive),
      candidates: async () => (host.load > host.cpus ? [...(await host.vms())].sort((a, b) => b.load - a.load) : []),
      whomToAsk: (most) => this.#shuffled([...this.hosts.keys()].filter((other) => other !== name)).slice(0, most),
      suitable: (candidates, { expected }) =>
        candidates.find((vm) => host.load + load(expected) + vm.load <= host.cpus),
      accepting: () => host.load < host.cpus,
      onStep: (step) => {
        const seen = { peer: name, ...step };
        this.steps.push(seen);
        this.onStep(seen);
      },
      onOfferEnd: (end) => this.offerEnds.push(end),
    });
    this.#lives.set(name, life as Life);
  }

  /** The process of a peer is gone, without a word. What its hypervisor does goes on. */
  kill(name: string): void {
    const life = this.#life(name);
    life.alive = false;
    this.hub.kill(name);
    void life.negotiator.close();
  }

  isAlive(name: string): boolean {
    return this.#life(name).alive;
  }

  host(name: string): HarshHost {
    return this.hosts.get(name)!;
  }

  negotiator(name: string): Negotiator {
    return this.#life(name).negotiator;
  }

  bus(name: string): MemberBus {
    return this.#life(name).bus;
  }

  ask(name: string): Promise<HelpOutcome> {
    return this.negotiator(name).askForHelp();
  }

  /** Asks, and lets time pass until that is answered. */
  asked(name: string): Promise<HelpOutcome> {
    return this.clock.runUntil(this.ask(name));
  }

  /** Lets all that was begun come to its end. */
  rest(): Promise<void> {
    return this.clock.advance(LONGEST_MS);
  }

  /** Where each VM is. */
  get places(): Readonly<Record<string, string>> {
    return Object.fromEntries(
      [...this.hosts.values()].flatMap(({ name, vmsHere }) => [...vmsHere.keys()].map((vm) => [vm, name] as const)),
    );
  }

  /** What must not be, in sentences: copies, lost VMs, memory that is still reserved, sessions and timers that go on. */
  wrongs(): readonly string[] {
    const wrongs = [...this.ground.violations];
    const copies = [...this.hosts.values()].flatMap(({ vmsHere }) => [...vmsHere.keys()]);
    for (const vm of new Set(copies))
      if (copies.filter((name) => name === vm).length > 1) wrongs.push(`${vm} is doubled`);
    for (const [name, { negotiator, alive }] of this.#lives) {
      if (!alive) continue;
      if (negotiator.reservedMiB !== 0) wrongs.push(`${name} still holds ${negotiator.reservedMiB} MiB`);
      if (negotiator.busy) wrongs.push(`${name} is still busy`);
    }
    if (this.clock.nextDueAt !== undefined) wrongs.push('timers are still set');
    return wrongs;
  }

  async close(): Promise<void> {
    for (const { negotiator, alive } of this.#lives.values()) if (alive) await negotiator.close();
  }

  #shuffled(names: readonly string[]): readonly string[] {
    const keyed = names.map((name) => [this.#random.next(), name] as const);
    return keyed.sort(([a], [b]) => a - b).map(([, name]) => name);
  }

  #life(name: string): Life {
    return this.#lives.get(name)!;
  }
}

export function vm(name: string, load = 1, memoryMiB = 512): PeerVm {
  return { name, memoryMiB, vcpus: 1, load };
}
