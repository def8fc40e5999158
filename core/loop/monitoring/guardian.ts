import type { Component } from '../../model/component.js';
import { AttituneError } from '../../model/errors.js';
import type { DomainEvent, Subscription } from '../../model/hypervisor.js';
import type { HostAccess, Infrastructure } from '../../model/infrastructure.js';
import { poweredOf, setPowered } from '../../model/powered.js';
import type { SystemRepresentation } from '../../model/system-representation.js';
import { FENCED, setWhereabouts } from '../../model/whereabouts.js';
import type { EventChannel } from '../event-channel.js';
import type { Journal } from '../journal.js';
import { findProcesses, type LostComponent } from '../keeping/lost.js';
import { HostWays, LOSS_EVENTS, type HostWay } from './host-ways.js';
import type { Reconciler } from './reconciler.js';

export interface GuardianParts {
  readonly system: SystemRepresentation;
  readonly infrastructure: Infrastructure;
  readonly events: EventChannel;
  readonly journal: Journal;
  readonly reconciler: Reconciler;
  /** Called after each change of the representation. */
  readonly changed: () => void;
  /** Called for a host that answers again, before its event. */
  readonly onHostBack: (host: HostAccess) => Promise<void>;
}

/**
 * Sees what happens to hosts and domains without being asked for: a VM that stopped by itself, a hypervisor that no
 * longer answers, an agent that is silent, or either that is back. The component becomes `failed`, or `started` again once
 * none of its ways is lost, and one of the events `vm.failed`, `host.unreachable`, `host.failed` and `host.reachable`
 * wakes the diagrams; after a time in which nobody could look `process.failed` too, for software that ended meanwhile.
 */
export class Guardian {
  readonly #subscriptions: Subscription[] = [];
  /** Hosts whose domains are listened to. */
  readonly #heard = new Set<string>();
  readonly #ways = new HostWays();
  /** Hosts whose agent is back and that are being looked at: each heartbeat asks for that. */
  readonly #looking = new Set<string>();

  constructor(private readonly parts: GuardianParts) {}

  /** `silent`: hosts that do not answer now, with the reason of each. */
  async start(silent: ReadonlyMap<string, Error> = new Map()): Promise<void> {
    for (const host of this.parts.infrastructure.hosts()) {
      this.#subscriptions.push(
        host.hypervisor.onConnection((change) => {
          if (change.connected) void this.#onBack(host, 'hypervisor');
          else this.#onLost(host.name, 'hypervisor', change.reason.message);
        }),
      );
      const reason = silent.get(host.name) ?? (await this.#hear(host));
      const component = this.parts.system.component(host.name);
      if (reason) {
        // a former manager was switching it, and nobody waits for it any more
        if (poweredOf(component) === 'changing') setPowered(component, 'off', this.parts.infrastructure.clock.now());
        this.#onLost(host.name, 'hypervisor', reason.message);
        if (poweredOf(component) === 'off') component.lifeCycle.restore('stopped', 'stopped');
      } else {
        this.#answers(host);
        // a former manager had switched it off, or was about to
        if (poweredOf(component) !== 'on') this.#switchedOn(component);
      }
    }
  }

  /** Listens to its domains, if it does not yet; resolves with the reason where it does not answer. */
  async #hear(host: HostAccess): Promise<Error | undefined> {
    if (this.#heard.has(host.name)) return undefined;
    try {
      const subscription = await host.hypervisor.onDomainEvent((event) => this.#onDomain(host, event));
      this.#heard.add(host.name);
      this.#subscriptions.push(subscription);
      return undefined;
    } catch (error) {
      if (AttituneError.is(error, 'host-unreachable')) return error;
      throw error;
    }
  }

  /** Nobody's word is needed any more. */
  #answers(host: HostAccess): void {
    this.parts.system.component(host.name).removeAttribute(FENCED.attribute);
  }

  stop(): void {
    this.#ways.clear();
    this.#heard.clear();
    for (const subscription of this.#subscriptions.splice(0)) subscription.unsubscribe();
  }

  #onDomain(host: HostAccess, event: DomainEvent): void {
    const { system, reconciler } = this.parts;
    if ((event.kind !== 'stopped' && event.kind !== 'crashed') || !system.has(event.domain)) return;
    const vm = system.component(event.domain);
    if (vm.kind !== 'vm') return;
    // after a loss all hosts are asked, since it may have gone to another one meanwhile
    if (event.detail === 'missed') return;
    // an intended stop is no failure of the VM
    if (vm.lifeCycle.state !== 'started') return;
    if (event.detail === 'migrated' || system.hostOf(vm)?.name !== host.name) {
      // a migration that others began, or one that did not succeed: where the VM is now is looked up, not guessed
      reconciler.lookSoon();
      return;
    }
    setWhereabouts(vm, []);
    reconciler.settle(vm);
    this.#vmFailed(vm, `its domain on ${host.name} ended by itself (${event.kind}, ${event.detail})`);
  }

  /**
   * What was started and is not there any more: VMs of all hosts, and software of what `among` tells; what runs as before
   * nobody could look is `started` again. Rejects with what a hypervisor rejects with.
   */
  async findLost(among: (software: Component) => boolean): Promise<readonly LostComponent[]> {
    const { system, infrastructure, reconciler } = this.parts;
    const vms = await reconciler.look();
    const gone = new Set(vms.map(({ component }) => component));
    const asked = system.components.filter(
      (one) => one.kind === 'software' && this.#mayRun(one) && !gone.has(system.nodeOf(one) ?? one) && among(one),
    );
    const { run, lost } = await findProcesses(asked, system, infrastructure);
    for (const component of run) reconciler.recover(component);
    for (const { component } of lost) reconciler.settle(component);
    // of what keeps no process id nothing more is to be learned here
    for (const component of asked) if (component.lifeCycle.state === 'started') reconciler.settle(component);
    return [...vms, ...lost];
  }

  /** Tells of what went while nobody looked: `vm.failed`, or `process.failed` for software. */
  reportLost(lost: readonly LostComponent[]): void {
    const { events, changed } = this.parts;
    for (const { component, why, found } of lost) {
      // a procedure may have dealt with it meanwhile
      if (component.lifeCycle.state !== found) continue;
      if (component.kind === 'vm') this.#vmFailed(component, why);
      else {
        component.lifeCycle.enter('failed', why);
        changed();
        events.raise({ name: 'process.failed', component: component.name, why });
      }
    }
  }

  #vmFailed(vm: Component, why: string): void {
    const { system, events, changed } = this.parts;
    vm.lifeCycle.enter('failed', why);
    for (const inside of vm.content)
      if (inside.lifeCycle.state === 'started') inside.lifeCycle.enter('failed', `${vm.name} failed under it`);
    changed();
    const host = system.hostOf(vm)?.name;
    events.raise({ name: 'vm.failed', component: vm.name, ...(host === undefined ? {} : { arg: host }), why });
  }

  /** Its agent is silent: what became of the software that stands on the host itself nobody knows. Told once. */
  agentLost(host: string, why: string): void {
    this.#onLost(host, 'agent', why);
  }

  /** Its agent is heard again, or still: looks at what it has, if the agent was lost. */
  async agentBack(host: string): Promise<void> {
    if (!this.#ways.isLost(host, 'agent') || this.#looking.has(host)) return;
    this.#looking.add(host);
    try {
      await this.#onBack(this.parts.infrastructure.host(host), 'agent');
    } finally {
      this.#looking.delete(host);
    }
  }

  #onLost(host: string, way: HostWay, why: string): void {
    const { system, events, changed } = this.parts;
    const component = system.component(host);
    if (!this.#ways.lose(host, way)) return;
    // it is switched off, or on its way there: that is no failure, and nothing was on it
    if (poweredOf(component) !== 'on') {
      if (component.lifeCycle.state === 'started') component.lifeCycle.restore('stopped', 'stopped');
      changed();
      return;
    }
    this.#doubt(component, way);
    if (component.lifeCycle.state === 'started') component.lifeCycle.enter('failed', why);
    changed();
    events.raise({ name: LOSS_EVENTS[way], component: host, why });
  }

  /** Of what was started there nobody knows from now on; an agent is asked about what stands on the host itself only. */
  #doubt(host: Component, way: HostWay): void {
    const { system, reconciler } = this.parts;
    for (const one of system.components) {
      if (one === host || one.lifeCycle.state !== 'started') continue;
      if ((way === 'agent' ? system.nodeOf(one) : system.hostOf(one)) !== host) continue;
      if (way === 'hypervisor' || one.kind === 'software') reconciler.doubt(one);
    }
  }

  /** It is there again, or still: only what is found now counts. */
  async #onBack(host: HostAccess, way: HostWay): Promise<void> {
    const { system, events, journal, changed } = this.parts;
    const isLast = this.#ways.turn(host.name, way);
    const component = system.component(host.name);
    this.#answers(host);
    try {
      if (way === 'hypervisor') {
        const silent = await this.#hear(host);
        if (silent) throw silent;
        await this.parts.onHostBack(host);
      }
      const lost = await this.findLost((software) => system.hostOf(software) === component);
      if (!isLast()) return;
      const back = this.#ways.regain(host.name, way);
      if (back && poweredOf(component) !== 'on') this.#switchedOn(component);
      else if (back && component.lifeCycle.state === 'failed') {
        component.lifeCycle.restore('started', 'started');
        changed();
        events.raise({ name: 'host.reachable', component: host.name, why: `${host.name} answers again` });
      }
      this.reportLost(lost);
    } catch (error) {
      // lost again meanwhile, or back once more
      if (!isLast()) return;
      const { message, code } = AttituneError.from(error);
      journal.append('trouble', host.name, `${host.name} is back, but cannot be asked what it has: ${message}`, {
        data: { code },
      });
    }
  }

  /** It was off, and answers: whoever switched it on, it is on now. */
  #switchedOn(host: Component): void {
    const { journal, infrastructure, changed } = this.parts;
    const intended = host.lifeCycle.state === 'starting';
    setPowered(host, 'on', infrastructure.clock.now());
    host.lifeCycle.restore('started', 'started');
    changed();
    if (!intended)
      journal.append('component', host.name, `${host.name} was switched off and answers: it counts as on again`);
    this.parts.events.raise({ name: 'host.reachable', component: host.name, why: `${host.name} is on again` });
  }

  #mayRun(component: Component): boolean {
    const { state } = component.lifeCycle;
    return state === 'started' || (state === 'failed' && this.parts.reconciler.isDoubted(component));
  }
}
