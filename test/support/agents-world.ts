import { Agent } from '../../core/agent/agent.js';
import { RemoteExecutor } from '../../core/agent/remote-executor.js';
import { SimulatedMachine } from '../../core/agent/simulated-machine.js';
import { BusMember } from '../../core/bus/member.js';
import { MemoryBus } from '../../core/bus/memory-bus.js';
import { MemoryHub } from '../../core/bus/memory-hub.js';
import { AgentDirectory } from '../../core/loop/agents/index.js';
import { Manager } from '../../core/loop/manager.js';
import type { AdministrationEvent, Reading } from '../../core/model/administration.js';
import { SimulatedClock, type Clock } from '../../core/model/clock.js';
import type { DeploymentDiagram } from '../../core/model/deployment.js';
import type { HostAccess, Infrastructure } from '../../core/model/infrastructure.js';
import type { Probe, ProbeRegistry } from '../../core/model/probe.js';
import { SeededRandom } from '../../core/model/random.js';
import type { Store } from '../../core/model/store.js';
import { MemoryStore } from '../../core/store/index.js';
import { WatchdogDetector } from '../../probes/detectors/watchdog.detector.js';
import { SimulatedInfrastructure } from '../../wrappers/simulated/index.js';
import { NotingExecutor } from '../unit/agent/world.js';
import { componentClass, deploymentOf } from './deployments.js';
import { FakeEngine, fakeDiagram } from './fake-engine.js';
import { wrapperOf } from './loop.js';
import { copyOf } from './restart-world.js';

const place = { file: 'test.deployment.xml', line: 1, column: 1 };
const EVERY_MS = 1000;

/** One agent of the world, life after life. */
export interface WorldAgent {
  readonly executor: NotingExecutor;
  agent: Agent;
  bus: BusMember;
}

/** Whether a manager lives; once it does not, its timers do nothing. */
interface Life {
  alive: boolean;
}

/** A manager and the agents of its hosts on a bus in memory, on simulated hosts, in simulated time. */
export class AgentsWorld {
  readonly clock = new SimulatedClock(1_700_000_000_000);
  readonly hub: MemoryHub;
  readonly infrastructure = new SimulatedInfrastructure({ clock: this.clock, random: new SeededRandom(1) });
  readonly agents = new Map<string, WorldAgent>();
  /** What agents measure, by host. */
  readonly loads = new Map<string, number | Error>();
  readonly events: AdministrationEvent[] = [];
  readonly readings: Reading[] = [];
  manager!: Manager;
  directory!: AgentDirectory;
  member!: BusMember;
  #store: Store = new MemoryStore();
  #lives = 0;
  #up = false;
  #life: Life = { alive: true };

  /** `graceMs`: after so long the hub tells that a member is gone. */
  constructor(
    private readonly parts: Partial<DeploymentDiagram> = {},
    graceMs = 1000,
  ) {
    this.hub = new MemoryHub({ clock: this.clock, delayMs: 1, graceMs });
  }

  /** Brings everything up: an agent on each host, then the manager. */
  static async make(parts: Partial<DeploymentDiagram> = {}, graceMs?: number): Promise<AgentsWorld> {
    const world = new AgentsWorld(parts, graceMs);
    await world.bearManager();
    for (const host of ['host1', 'host2']) await world.bear(host);
    await world.deploy();
    return world;
  }

  deploy(): Promise<void> {
    return this.clock.runUntil(
      this.manager.deploy({ signal: new AbortController().signal, onProgress: () => undefined }),
    );
  }

  /** An agent begins on a host, or begins anew; its clock may be ahead. */
  async bear(host: string, aheadMs = 0): Promise<void> {
    const clock: Clock = {
      now: () => this.clock.now() + aheadMs,
      setTimeout: (callback, ms) => this.clock.setTimeout(callback, ms),
      clearTimeout: (timer) => this.clock.clearTimeout(timer),
    };
    const executor = this.agents.get(host)?.executor ?? new NotingExecutor(this.clock);
    const bus = await this.#join(host, 'agent', clock);
    const agent = new Agent({
      bus,
      clock,
      machine: new SimulatedMachine({ memoryTotalMiB: 4096 }),
      about: { version: '1', kind: 'host', machine: 'a test' },
      executor,
      probes: {
        registry: this.#measures(() => this.loads.get(host) ?? 0),
        host: () => ({ name: host, local: true }) as HostAccess,
        http: this.infrastructure.http,
      },
      everyMs: EVERY_MS,
    });
    agent.start();
    this.agents.set(host, { executor, agent, bus });
    await this.clock.advance(10);
  }

  /** As when its process is killed; what it started goes on. */
  kill(host: string): void {
    this.hub.kill(host);
    this.agents.get(host)?.agent.stop();
  }

  /** A manager, with what a former one stored. */
  async bearManager(): Promise<void> {
    this.#store = copyOf(this.#store);
    this.member = await this.#join('fleet', 'manager');
    this.directory = new AgentDirectory(this.member, this.clock);
    const bus = new MemoryBus();
    bus.subscribe('event', (event) => this.events.push(event));
    bus.subscribe('reading', (reading) => this.readings.push(reading));
    const engine = new FakeEngine();
    const start = fakeDiagram('start', [{ invoke: 'Work.start' }]);
    this.manager = new Manager({
      deployment: deploymentOf({
        name: 'fleet',
        classes: [componentClass('Work', { wrapper: 'any', initial: 1 })],
        probes: [probeOf('hostLoad', 'servers')],
        diagrams: [{ file: start.file, role: 'start', on: [], parameters: {}, place }],
        ...this.parts,
      }),
      infrastructure: this.#seen(),
      wrappers: wrapperOf(
        async (_, { component, system, infrastructure }) => {
          const host = infrastructure.host(system.hostOf(component)?.name ?? '');
          const { pid } = await host.executor.start({ argv: ['work', component.name] });
          component.setAttribute('pid', String(pid));
        },
        ['start'],
      ),
      engine,
      diagrams: new Map([[start.file, start]]),
      probes: this.#measures(() => new Error('the manager measures nothing here')),
      detectors: { get: () => new WatchdogDetector(), types: () => ['watchdog'] },
      bus,
      store: this.#store,
      agents: this.directory,
      agentWatch: { misses: 3, graceMs: 500, checkEveryMs: 100 },
    });
  }

  /** The manager dies without a word. */
  killManager(): void {
    this.hub.kill('fleet');
    this.directory.close();
    this.#life.alive = false;
  }

  texts(): readonly string[] {
    return this.manager.journal.entries.map(({ kind, subject, text }) => `${kind} ${subject}: ${text}`);
  }
  /** Events of hosts, and of what became of software. */
  told(): readonly string[] {
    return this.events.map(({ name, component }) => `${name} ${component}`);
  }
  state(name: string): string {
    return this.manager.system.component(name).lifeCycle.state;
  }

  /** The hosts as this manager sees them: each with its agent, by which alone things are run there. */
  #seen(): Infrastructure {
    const { infrastructure, clock, member } = this;
    const life: Life = { alive: true };
    this.#life = life;
    const executors = new Map<string, RemoteExecutor>();
    const seen = (host: HostAccess): HostAccess => {
      const { name, address, hypervisor, migrationUri } = host;
      const cpuCapacity = () => host.cpuCapacity();
      const executor = executors.get(name) ?? new RemoteExecutor(member, name, clock);
      executors.set(name, executor);
      return { name, address, hypervisor, migrationUri, cpuCapacity, executor, agent: name, local: false };
    };
    return {
      kind: 'simulated',
      clock: {
        now: () => clock.now(),
        setTimeout: (callback, ms) => clock.setTimeout(() => life.alive && callback(), ms),
        clearTimeout: (timer) => clock.clearTimeout(timer),
      },
      http: infrastructure.http,
      load: infrastructure.load,
      migrations: infrastructure.migrations,
      up: async (...given) => {
        if (!this.#up) await infrastructure.up(...given);
        this.#up = true;
      },
      hosts: () => infrastructure.hosts().map(seen),
      host: (name) => seen(infrastructure.host(name)),
      prepareDomain: (request) => infrastructure.prepareDomain(request),
      releaseDomain: (name) => infrastructure.releaseDomain(name),
      guest: (domain, host) => infrastructure.guest(domain, host),
      deployed: () => infrastructure.deployed(),
      down: () => Promise.resolve(),
    };
  }

  #join(name: string, role: string, clock: Clock = this.clock): Promise<BusMember> {
    this.#lives += 1;
    const random = new SeededRandom(this.#lives);
    return BusMember.open(this.hub.transport(), { name, role, clock, random });
  }

  /** One measure, `load`, which is read as told. */
  #measures(read: () => number | Error): ProbeRegistry {
    const probe: Probe = {
      measure: 'load',
      description: 'of a test',
      unit: 'load',
      parameters: [],
      attach: () => ({
        read: () => {
          const value = read();
          return value instanceof Error ? Promise.reject(value) : Promise.resolve(value);
        },
      }),
    };
    return { get: (measure) => (measure === 'load' ? probe : undefined), measures: () => ['load'] };
  }
}

/** A probe of the load of a family or class each second, whose watchdog raises `busy` after two readings above 5. */
export function probeOf(name: string, of: string): DeploymentDiagram['probes'][number] {
  const detectors = [{ type: 'watchdog', raise: 'busy', parameters: { above: '5', points: '2' }, place }];
  return { name, measure: 'load', of, everyMs: 1000, parameters: {}, detectors, place };
}
