import type { Manager } from '../../loop/manager.js';
import type { TimerHandle } from '../../model/clock.js';
import type { Component } from '../../model/component.js';
import type { Infrastructure } from '../../model/infrastructure.js';
import { SeededRandom } from '../../model/random.js';
import { parseInteger } from '../../model/quantity.js';
import { dayCurve, type DayCurve } from './day-curve.js';

/** The load of machines changes so often. */
const STEP_MS = 5 * 60_000;
const HOUR_MS = 3_600_000;

interface Machine {
  readonly curve: DayCurve;
  /** CPUs on average. */
  readonly mean: number;
}

/**
 * Loads every machine that runs by a curve of its own, with a program inside it: {@link STEP_MS} each. Machines that come
 * later are loaded, too. All together they use `use` of the hosts' CPU on average.
 */
export class DayLoad {
  readonly #random: SeededRandom;
  readonly #machines = new Map<string, Machine>();
  #timer: TimerHandle;
  #startedAt = 0;
  #steps = 0;
  /** Machines that could not be loaded for one step, such as those that just stand still. */
  missed = 0;

  constructor(
    private readonly manager: Pick<Manager, 'system'>,
    private readonly infrastructure: Infrastructure,
    private readonly use: number,
    seed: number,
  ) {
    this.#random = new SeededRandom(seed);
  }

  /** To be called once all is deployed; the curve's hour 0 is `startedAt`. */
  start(startedAt: number): void {
    this.#startedAt = startedAt;
    this.#step();
  }

  stop(): void {
    if (this.#timer !== undefined) this.infrastructure.clock.clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #step(): void {
    const { clock } = this.infrastructure;
    const machines = this.manager.system.components.filter(
      ({ kind, lifeCycle }) => kind === 'vm' && lifeCycle.state === 'started',
    );
    const hours = (clock.now() - this.#startedAt) / HOUR_MS;
    for (const machine of machines) {
      const { curve, mean } = this.#known(machine, machines.length);
      this.#load(machine, mean * curve.at(hours));
    }
    this.#steps += 1;
    const next = this.#startedAt + this.#steps * STEP_MS;
    this.#timer = clock.setTimeout(() => this.#step(), Math.max(0, next - clock.now()));
  }

  #known({ name }: Component, machines: number): Machine {
    const known = this.#machines.get(name);
    if (known) return known;
    const capacity = this.infrastructure.hosts().reduce((sum, host) => sum + host.cpuCapacity(), 0);
    // some machines have several times the load of others
    const part = 0.25 + 1.5 * this.#random.next();
    const own = new SeededRandom(Math.floor(this.#random.next() * 2 ** 31));
    const made = { curve: dayCurve(own), mean: (part * this.use * capacity) / machines };
    this.#machines.set(name, made);
    return made;
  }

  #load(machine: Component, cpus: number): void {
    const node = this.manager.system.hostOf(machine);
    if (!node || cpus <= 0) return;
    const vcpus = parseInteger(machine.attributes.get('vcpus') ?? '1', undefined, { min: 1 });
    const percent = Math.min(100, Math.max(1, Math.round((100 * cpus) / vcpus)));
    const seconds = `${STEP_MS / 1000}s`;
    const guest = this.infrastructure.guest(machine.name, () => this.infrastructure.host(node.name));
    guest
      .start({ argv: ['stress-ng', '--cpu', String(vcpus), '--cpu-load', String(percent), '--timeout', seconds] })
      .catch(() => (this.missed += 1));
  }
}
