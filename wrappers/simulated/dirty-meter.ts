import type { SimulatedDomain } from './simulated-domain.js';
import type { World } from './world.js';

/** How fast a guest writes to its memory, by the CPU time that it used since `begin`. */
export class DirtyMeter {
  readonly #world: World;
  readonly #domain: SimulatedDomain;
  #from = 0;
  #usedBefore: number;

  constructor(world: World, domain: SimulatedDomain) {
    this.#world = world;
    this.#domain = domain;
    this.#usedBefore = domain.cpuSeconds;
  }

  begin(): void {
    this.#from = this.#world.kernel.clock.now();
    this.#usedBefore = this.#domain.cpuSeconds;
  }

  dirtyMiBps(): number {
    if (this.#domain.suspended) return 0;
    const { migration } = this.#world.settings;
    const seconds = (this.#world.kernel.clock.now() - this.#from) / 1000;
    const cpus = seconds > 0 ? (this.#domain.cpuSeconds - this.#usedBefore) / seconds : 0;
    return migration.idleDirtyMiBps + migration.dirtyMiBpsPerCpu * cpus;
  }
}
