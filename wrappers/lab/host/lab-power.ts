import type { PowerControl, PowerState } from '../../../core/model/power.js';
import type { LabHost } from './lab-host.js';

/** A lab host is off while its libvirtd is: its daemon is ended in order, and started again. */
export class LabPower implements PowerControl {
  constructor(
    private readonly host: LabHost,
    /** Aborted when the lab is taken down. */
    private readonly signal: AbortSignal,
  ) {}

  async state(): Promise<PowerState> {
    return (await this.host.daemonsRun()) ? 'on' : 'off';
  }

  async off(): Promise<void> {
    if (await this.host.daemonsRun()) await this.host.stopDaemons(this.signal);
  }

  async on(): Promise<void> {
    if (!(await this.host.daemonsRun())) await this.host.startDaemons(this.signal);
  }
}
