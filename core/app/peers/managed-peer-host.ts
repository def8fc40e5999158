import type { Manager } from '../../loop/manager.js';
import type { Clock } from '../../model/clock.js';
import type { HostAccess } from '../../model/infrastructure.js';
import type { MigrationOutcome } from '../../model/migration.js';
import type { PeerHost, PeerReadings, PeerVm } from '../../model/peer.js';
import { HypervisorPeerHost } from '../../peers/hypervisor-peer-host.js';

/** What its peer was last, since when, and the sentence that told it. */
export interface PeerState {
  readonly role: string;
  readonly since: number;
  readonly text: string;
}

/**
 * A host whose manager runs in the same process: the peer decides, and the manager moves, so that the VM's own
 * procedures, the limits of migrations, journal and report all know of it. What the manager does not know, what does not
 * run, and what is pinned to its host is not given away; it counts in the readings all the same.
 */
export class ManagedPeerHost implements PeerHost {
  readonly name: string;
  readonly #host: HypervisorPeerHost;

  constructor(
    host: HostAccess,
    clock: Clock,
    private readonly manager: Manager,
    private readonly state: () => PeerState | undefined,
  ) {
    this.name = host.name;
    this.#host = new HypervisorPeerHost({
      host,
      clock,
      migrate: (vm, to, signal) => this.#move(vm, to, signal),
    });
  }

  readings(): Promise<PeerReadings> {
    return this.#host.readings();
  }

  async vms(): Promise<readonly PeerVm[]> {
    const vms = await this.#host.vms();
    return vms.filter(({ name }) => this.#mayGo(name));
  }

  migrate(vm: string, to: string, signal: AbortSignal): Promise<MigrationOutcome> {
    return this.#host.migrate(vm, to, signal);
  }

  migrating(vm: string): Promise<boolean> {
    return this.#host.migrating(vm);
  }

  /** Changes nothing where all is held, or where the mode of the host wants people to be asked. */
  adapt(): Promise<readonly string[]> {
    const { held, watching, modes } = this.manager.control;
    const { mode } = modes.strictest(`peer ${this.name}`, 'automatic', [this.name]);
    return held || watching || mode !== 'automatic' ? Promise.resolve([]) : this.#host.adapt();
  }

  /** Listens to the hypervisor no more. */
  close(): Promise<void> {
    return this.#host.close();
  }

  #move(vm: string, to: string, signal: AbortSignal): Promise<MigrationOutcome> {
    const { role = 'idle', since = 0, text = '' } = this.state() ?? {};
    const why = role === 'overloaded' ? text : `${this.name} takes part in an exchange`;
    return this.manager.relocate({ vm, to, by: this.name, role, since, why, signal });
  }

  #mayGo(name: string): boolean {
    const { system } = this.manager;
    if (!system.has(name)) return false;
    const component = system.component(name);
    if (component.kind !== 'vm' || component.lifeCycle.state !== 'started') return false;
    return !system.deployment.constraints.some(
      ({ type, of, strength }) =>
        type === 'pin' && strength === 'hard' && (of === component.className || of === component.name),
    );
  }
}
