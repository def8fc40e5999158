import { composeManager, pluginsFor } from '../../core/app/composition.js';
import { loadDeployment } from '../../core/app/load-files.js';
import { asset } from '../../core/assets/package-root.js';
import type { Manager } from '../../core/loop/manager.js';
import type { AdministrationEvent } from '../../core/model/administration.js';
import type { Bus } from '../../core/model/bus.js';
import { SimulatedClock, type Clock } from '../../core/model/clock.js';
import type { HostAccess, Infrastructure } from '../../core/model/infrastructure.js';
import { MigrationQueue } from '../../core/model/migration-queue.js';
import { SeededRandom } from '../../core/model/random.js';
import type { LoadRun } from '../../core/model/load.js';
import type { Store } from '../../core/model/store.js';
import { MemoryStore } from '../../core/store/index.js';
import { SimulatedInfrastructure } from '../../wrappers/simulated/index.js';
import { copyOf } from './restart-world.js';

/** Whether a manager lives; once it does not, nothing reaches it, and nothing that it does has an effect. */
interface Life {
  alive: boolean;
}

/** A thing of the world as one manager sees it: dead, it asks nothing and hears no answers. */
function seenBy<T extends object>(life: Life, thing: T): T {
  const heard = (value: unknown) =>
    typeof value === 'function'
      ? (...told: unknown[]) => (life.alive ? (value as (...all: unknown[]) => unknown)(...told) : undefined)
      : value;
  return new Proxy(thing, {
    get: (target, key) => {
      const value: unknown = Reflect.get(target, key, target);
      if (typeof value !== 'function') return typeof value === 'object' && value ? seenBy(life, value) : value;
      return (...given: unknown[]): unknown => {
        if (!life.alive) return new Promise(() => undefined);
        const answer: unknown = Reflect.apply(value as () => unknown, target, given.map(heard));
        if (!(answer instanceof Promise)) return answer;
        return new Promise((resolve, reject) => {
          const told =
            <A>(tell: (answer: A) => void) =>
            (what: A) => {
              if (life.alive) tell(what);
            };
          answer.then(told(resolve), told(reject));
        });
      };
    },
  });
}

/** Hosts that go on while managers come and go, with a deployment of `test/fixtures/library` on them. */
export class MortalWorld {
  readonly clock = new SimulatedClock(1_000_000);
  readonly infrastructure: SimulatedInfrastructure;
  readonly #set: Readonly<Record<string, string>>;
  #life: Life = { alive: true };
  #store: Store = new MemoryStore();
  #hosts = false;
  manager!: Manager;
  bus!: Bus;
  /** Of the present manager. */
  events: AdministrationEvent[] = [];

  constructor(
    set: Readonly<Record<string, string>> = {},
    seed = 1,
    private readonly deployment = 'web',
  ) {
    this.#set = set;
    this.infrastructure = new SimulatedInfrastructure({ clock: this.clock, random: new SeededRandom(seed) });
    this.#bear();
  }

  /** Deploys, or takes up what the former manager left. */
  deploy(): Promise<void> {
    return this.clock.runUntil(this.begin());
  }
  begin(): Promise<void> {
    return this.manager.deploy({ signal: new AbortController().signal, onProgress: () => undefined });
  }

  /** Requests that make its machines busy, from the balancer's port on. */
  load(requestsPerSecond: number): LoadRun {
    const url = `http://${this.infrastructure.host('gate').address}:8080/`;
    const phases = [{ name: 'steady', durationMs: 3_600_000, requestsPerSecond }];
    return this.infrastructure.load.start({ url, phases, timeoutMs: 5000 });
  }

  /** The manager is killed; another one is there, and has only what was stored. */
  kill(): void {
    this.#life.alive = false;
    this.#store = copyOf(this.#store);
    this.#bear();
  }

  texts(): readonly string[] {
    return this.manager.journal.entries.map(({ kind, subject, text }) => `${kind} ${subject}: ${text}`);
  }
  hostOf(name: string): string | undefined {
    const { system } = this.manager;
    return system.hostOf(system.component(name))?.name;
  }
  state(name: string): string {
    return this.manager.system.component(name).lifeCycle.state;
  }
  /** What the hosts have, as they themselves know it. */
  async domains(): Promise<readonly string[]> {
    const lists = this.infrastructure
      .hosts()
      .map(async ({ name, hypervisor }) =>
        (await hypervisor.list()).map((one) => `${one.name} ${one.state} on ${name}`),
      );
    return (await this.clock.runUntil(Promise.all(lists))).flat().sort();
  }

  #bear(): void {
    const settings = Object.entries(this.#set).map(([name, value]) => ({ name, value }));
    const file = asset(`test/fixtures/library/${this.deployment}.deployment.xml`);
    const { loaded, errors } = loadDeployment(file, pluginsFor, settings);
    if (!loaded) throw new AggregateError(errors, errors.map(String).join('\n'));
    this.#life = { alive: true };
    const { manager, bus } = composeManager(loaded, this.#seen(this.#life), () => undefined, this.#store);
    this.manager = manager;
    this.bus = bus;
    this.events = [];
    bus.subscribe('event', (event) => void this.events.push(event));
  }

  #seen(life: Life): Infrastructure {
    const { infrastructure, clock } = this;
    const seen = seenBy<Infrastructure>(life, infrastructure);
    const own: Clock = {
      now: () => clock.now(),
      setTimeout: (callback, ms) => clock.setTimeout(() => life.alive && callback(), ms),
      clearTimeout: (timer) => clock.clearTimeout(timer),
    };
    const access = (host: HostAccess): HostAccess => ({
      ...host,
      hypervisor: seenBy(life, host.hypervisor),
      executor: seenBy(life, host.executor),
    });
    const hosts = new Map<string, HostAccess>();
    const hostOf = (host: HostAccess): HostAccess => {
      const known = hosts.get(host.name) ?? access(host);
      hosts.set(host.name, known);
      return known;
    };
    return {
      kind: 'simulated',
      clock: own,
      http: seenBy(life, infrastructure.http),
      load: infrastructure.load,
      migrations: new MigrationQueue(),
      up: async (...given) => {
        if (!this.#hosts) await seen.up(...given);
        this.#hosts = true;
      },
      hosts: () => infrastructure.hosts().map(hostOf),
      host: (name) => hostOf(infrastructure.host(name)),
      prepareDomain: (request) => seen.prepareDomain(request),
      releaseDomain: (name) => seen.releaseDomain(name),
      guest: (domain, host) =>
        seenBy(
          life,
          infrastructure.guest(domain, () => infrastructure.host(host().name)),
        ),
      deployed: () => seen.deployed(),
      down: () => Promise.resolve(),
    };
  }
}
