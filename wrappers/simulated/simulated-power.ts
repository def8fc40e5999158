import { delay } from '../../core/model/clock.js';
import type { PowerControl, PowerState } from '../../core/model/power.js';
import type { SimulatedFaults } from './faults.js';
import type { SimulatedHost } from './simulated-host.js';
import type { World } from './world.js';

/** Switches a simulated host: its hypervisor is gone at once, and answers again after the time that the host boots. */
export class SimulatedPower implements PowerControl {
  #booting: Promise<void> | undefined;

  constructor(
    private readonly world: World,
    private readonly host: SimulatedHost,
    private readonly faults: SimulatedFaults,
    /** Whether the simulation still has the host. */
    private readonly present: () => boolean,
  ) {}

  state(): Promise<PowerState> {
    return Promise.resolve(this.host.machine.powered || this.#booting ? 'on' : 'off');
  }

  async off(): Promise<void> {
    await delay(this.world.kernel.clock, this.world.settings.hostCommandMs);
    if (this.host.machine.powered) this.faults.hostDies(this.host.name);
  }

  async on(): Promise<void> {
    const { kernel, settings } = this.world;
    await delay(kernel.clock, settings.hostCommandMs);
    if (this.host.machine.powered || this.#booting) return;
    this.#booting = delay(kernel.clock, this.host.bootMs).then(() => {
      this.#booting = undefined;
      // the simulation may have ended meanwhile
      if (this.present()) this.faults.hostRecovers(this.host.name);
    });
  }
}
