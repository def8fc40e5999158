import type { Component } from '../../model/component.js';
import type { DomainEvent, Subscription } from '../../model/hypervisor.js';
import type { HostAccess, Infrastructure } from '../../model/infrastructure.js';
import type { SystemRepresentation } from '../../model/system-representation.js';
import type { EventChannel } from '../event-channel.js';
import type { LostComponent } from '../keeping/lost.js';

/**
 * Sees what happens to hosts and domains without being asked for: a VM that stopped by itself, a hypervisor that no
 * longer answers. The component becomes `failed`, and the event `vm.failed` or `host.unreachable` wakes the diagrams;
 * after a restart of the manager `process.failed` too, for software that ended meanwhile.
 */
export class Guardian {
  readonly #subscriptions: Subscription[] = [];

  constructor(
    private readonly system: SystemRepresentation,
    private readonly infrastructure: Infrastructure,
    private readonly events: EventChannel,
    private readonly changed: () => void,
  ) {}

  async start(): Promise<void> {
    for (const host of this.infrastructure.hosts()) {
      this.#subscriptions.push(
        await host.hypervisor.onDomainEvent((event) => this.#onDomain(host, event)),
        host.hypervisor.onConnection((change) => {
          if (!change.connected) this.#onLost(host, change.reason);
        }),
      );
    }
  }

  stop(): void {
    for (const subscription of this.#subscriptions.splice(0)) subscription.unsubscribe();
  }

  #onDomain(host: HostAccess, event: DomainEvent): void {
    const ended = (event.kind === 'stopped' || event.kind === 'crashed') && event.detail !== 'migrated';
    if (!ended || !this.system.has(event.domain)) return;
    const vm = this.system.component(event.domain);
    // an intended stop, or the target's copy of a migration that did not succeed, is no failure of the VM
    if (vm.lifeCycle.state !== 'started' || this.system.hostOf(vm)?.name !== host.name) return;
    this.#vmFailed(vm, `its domain on ${host.name} ended by itself (${event.kind}, ${event.detail})`);
  }

  /** Tells of what went while no manager looked: `vm.failed`, or `process.failed` for software. */
  reportLost(lost: readonly LostComponent[]): void {
    for (const { component, why } of lost) {
      // a procedure that was taken up may have dealt with it meanwhile
      if (component.lifeCycle.state !== 'started') continue;
      if (component.kind === 'vm') this.#vmFailed(component, why);
      else {
        this.#fail(component, why);
        this.changed();
        this.events.raise({ name: 'process.failed', component: component.name, why });
      }
    }
  }

  #vmFailed(vm: Component, why: string): void {
    this.#fail(vm, why);
    for (const inside of vm.content)
      if (inside.lifeCycle.state === 'started') this.#fail(inside, `${vm.name} failed under it`);
    this.changed();
    const host = this.system.hostOf(vm)?.name;
    this.events.raise({ name: 'vm.failed', component: vm.name, ...(host === undefined ? {} : { arg: host }), why });
  }

  #onLost(host: HostAccess, reason: Error): void {
    const component = this.system.component(host.name);
    if (component.lifeCycle.state !== 'started') return;
    this.#fail(component, reason.message);
    this.changed();
    this.events.raise({ name: 'host.unreachable', component: host.name, why: reason.message });
  }

  #fail(component: Component, why: string): void {
    component.lifeCycle.enter('failed', why);
  }
}
