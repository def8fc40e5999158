import { BusMember } from '../../../core/bus/member.js';
import { SystemClock } from '../../../core/model/clock.js';
import type { Heartbeat } from '../../../core/model/messages.js';
import { exponential, SeededRandom } from '../../../core/model/random.js';
import type { Credentials } from '../../../core/bus/credentials.js';
import { openTransport } from './carrier.js';
import { EVERY_MS, HEARTBEAT_MS, POINTS, type AgentsOrder, type AgentsReport, type CarrierPlan } from './messages.js';

/** One process with many light agents, each with a connection of its own: started by the bench, and told what to do. */

const JOIN_AT_ONCE = 25;
/** Between two overloads of one agent, on average. */
const CALM_S = 20;
/** Operations that are on their way at the end are waited for so long. */
const LAST_MS = 3000;

const clock = new SystemClock();
const random = new SeededRandom(process.pid);
const agents: Agent[] = [];

class Agent {
  readonly #bus: BusMember;
  readonly reactionsMs: number[] = [];
  heartbeats = 0;
  readings = 0;
  /** Readings above the limit that are still to come. */
  #above = 0;
  #nextAt = 0;
  #decidedAt: number | undefined;
  #working = false;

  constructor(bus: BusMember) {
    this.#bus = bus;
    bus.respond('agent.commands', () => {
      if (this.#decidedAt !== undefined) this.reactionsMs.push(performance.now() - this.#decidedAt);
      this.#decidedAt = undefined;
      return { results: [] };
    });
  }

  static async join(plan: CarrierPlan, name: string, credentials: Credentials | undefined): Promise<Agent> {
    const transport = openTransport({ ...plan, ...(credentials && { credentials }) }, clock, random);
    return new Agent(await BusMember.open(transport, { name, role: 'agent', clock, random }));
  }

  get name(): string {
    return this.#bus.name;
  }
  get unanswered(): boolean {
    return this.#decidedAt !== undefined;
  }
  get dropped(): number {
    return Object.values(this.#bus.counts.dropped).reduce((sum, count) => sum + count, 0);
  }

  /** Reads each second and tells that it lives each 5 s, from moments of its own on. */
  work(): void {
    this.#working = true;
    this.#nextAt = clock.now() + calm();
    this.#every(EVERY_MS, () => this.#read());
    this.#every(HEARTBEAT_MS, () => this.#beat());
  }

  stop(): void {
    this.#working = false;
  }

  leave(): Promise<void> {
    return this.#bus.close();
  }

  #every(ms: number, act: () => void): void {
    let due = clock.now() + random.next() * ms;
    const next = () => {
      if (!this.#working) return;
      act();
      due += ms;
      clock.setTimeout(next, due - clock.now());
    };
    clock.setTimeout(next, due - clock.now());
  }

  #read(): void {
    if (this.#above === 0 && this.#decidedAt === undefined && clock.now() >= this.#nextAt) this.#above = POINTS;
    const above = this.#above > 0;
    if (above) {
      this.#above -= 1;
      if (this.#above === 0) {
        this.#nextAt = clock.now() + calm();
        this.#decidedAt = performance.now();
      }
    }
    this.readings += 1;
    this.#bus.publish('reading', {
      probe: 'hostCpu',
      measure: 'cpu',
      component: this.name,
      value: above ? 0.95 : 0.3 + random.next() * 0.2,
      unit: 'ratio',
      at: clock.now(),
      durationMs: 1,
    });
  }

  #beat(): void {
    this.heartbeats += 1;
    this.#bus.publish('agent.heartbeat', heartbeat(this.name, this.heartbeats));
  }
}

function calm(): number {
  return exponential(random, 1 / CALM_S) * 1000;
}

function heartbeat(agent: string, sequence: number): Heartbeat {
  return {
    agent,
    sequence,
    everyMs: HEARTBEAT_MS,
    accepting: true,
    server: { load: [0.5, 0.4, 0.3], cpu: 0.4, memoryTotalMiB: 16_384, memoryFreeMiB: 4096 },
    cores: [0.4, 0.3, 0.5, 0.4],
    vms: Array.from({ length: 5 }, (_, index) => ({
      name: `Machine_${index}`,
      state: 'running' as const,
      memoryMiB: 512,
      vcpus: 1,
      cpus: 0.1,
    })),
    probes: 1,
    troubles: {},
  };
}

async function obey(order: AgentsOrder): Promise<AgentsReport> {
  if (order.order === 'join') {
    const { plan, names, credentials } = order;
    for (let at = 0; at < names.length; at += JOIN_AT_ONCE) {
      const some = names.slice(at, at + JOIN_AT_ONCE);
      agents.push(...(await Promise.all(some.map((name, index) => Agent.join(plan, name, credentials?.[at + index])))));
    }
    return { report: 'joined' };
  }
  if (order.order === 'work') {
    for (const agent of agents) agent.work();
    await new Promise((resolve) => setTimeout(resolve, order.seconds * 1000));
    for (const agent of agents) agent.stop();
    await new Promise((resolve) => setTimeout(resolve, LAST_MS));
    return {
      report: 'worked',
      heartbeats: Object.fromEntries(agents.map(({ name, heartbeats }) => [name, heartbeats])),
      readings: agents.reduce((sum, { readings }) => sum + readings, 0),
      reactionsMs: agents.flatMap(({ reactionsMs }) => reactionsMs),
      unanswered: agents.filter(({ unanswered }) => unanswered).length,
      dropped: agents.reduce((sum, { dropped }) => sum + dropped, 0),
    };
  }
  await Promise.all(agents.map((agent) => agent.leave()));
  return { report: 'left' };
}

process.on('message', (order: AgentsOrder) => {
  obey(order).then(
    (report) => process.send?.(report),
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
});
