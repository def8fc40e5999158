import type { MigrationRecord } from '../model/administration.js';
import type { Component } from '../model/component.js';
import type { ProbeUse } from '../model/deployment.js';
import { AttituneError } from '../model/errors.js';
import type { UpOptions } from '../model/infrastructure.js';
import type { ProbeTarget } from '../model/probe.js';
import type { SessionRecord } from '../model/store.js';
import type { MigrationOutcome } from '../model/migration.js';
import { SystemRepresentation } from '../model/system-representation.js';
import { instantiate } from '../model/wiring.js';
import type { Wrapper } from '../model/wrapper.js';
import { ManagerAgents } from './agents/index.js';
import type { Cluster } from '../placement/cluster.js';
import { ClusterView } from './planning/cluster-view.js';
import { Effector } from './operations/effector.js';
import { EventChannel } from './event-channel.js';
import { Guardian } from './monitoring/guardian.js';
import { Journal } from './journal.js';
import { keepingOf } from './keeping/needed-entries.js';
import { keeperOf, type Keeper } from './keeping/keeper.js';
import type { ManagerParts } from './manager-parts.js';
import { MigrationTracker } from './operations/migration-tracker.js';
import { relocate, type Relocation } from './operations/relocation.js';
import { Monitor } from '../monitoring/monitor.js';
import type { Control } from './control/control.js';
import { governanceOf, type Governance, type GovernanceState } from './decisions/governance.js';
import { adopt } from './keeping/adopt.js';
import { DiagramUses } from './sessions/diagram-uses.js';
import { OutsideEvents } from './outside-events.js';
import { placeAll, placeNew } from './planning/placing.js';
import { hostWantedFor, ROOM_WANTED } from './planning/room-wanted.js';
import { probeTargets } from './probe-targets.js';
import { RecentReadings, staleAfterMs } from './monitoring/recent-readings.js';
import { Reconciler } from './monitoring/reconciler.js';
import { Sessions } from './sessions/sessions.js';
import { failAbandoned, findLeft, goesOn, recentMigrations, restore, type Left } from './keeping/take-up.js';

export type { ManagerParts } from './manager-parts.js';

/** The control loop of one deployment: deploys it, watches it, lets its diagrams react, and takes it down. */
export class Manager {
  readonly system: SystemRepresentation;
  readonly journal: Journal;
  readonly events: EventChannel;
  /** The way in for events from outside. */
  readonly outside: OutsideEvents;
  readonly #parts: ManagerParts;
  readonly #sessions: Sessions;
  readonly #effector: Effector;
  readonly #monitor: Monitor;
  readonly #cluster: ClusterView;
  readonly #migrations: MigrationTracker;
  readonly #reconciler: Reconciler;
  readonly #guardian: Guardian;
  readonly #keeper: Keeper | undefined;
  readonly #governance: Governance;
  readonly #uses: DiagramUses;
  /** Absent: the manager is on no bus. */
  readonly agents: ManagerAgents | undefined;
  #up = false;
  #watching = false;

  constructor(parts: ManagerParts) {
    this.#parts = parts;
    const { deployment, infrastructure, wrappers, engine, bus, probes, detectors, store } = parts;
    const { clock } = infrastructure;
    this.system = new SystemRepresentation(
      deployment,
      (wrapper) => wrappers.get(wrapper)?.isNode ?? false,
      (wrapper) => defaultsOf(wrappers.get(wrapper)),
    );
    this.journal = new Journal(
      clock,
      bus,
      store,
      keepingOf(parts, () => this.#governance.needed()),
    );
    this.#keeper = store && keeperOf(store, this.system, clock, this.journal, () => this.#governance.state());
    this.events = new EventChannel(clock, bus, this.journal);
    this.outside = new OutsideEvents({
      deployment,
      system: this.system,
      diagrams: parts.diagrams,
      events: this.events,
      watching: () => this.#watching,
    });
    infrastructure.migrations.limit(deployment.migration ?? {});
    this.#migrations = new MigrationTracker(this.system, clock, bus, this.journal);
    const readings = new RecentReadings(bus);
    this.#cluster = new ClusterView(this.system, infrastructure, readings, clock, staleAfterMs(deployment), (vm) =>
      this.#migrations.migrates(vm),
    );
    const changed = () => this.#publish();
    this.#governance = governanceOf({
      ...{ deployment, system: this.system, clock, bus, journal: this.journal, readings, watching: parts.watching },
      diagrams: () => this.#uses.names(),
      changed: () => {
        this.#keeper?.changed();
        changed();
      },
    });
    const effector = (this.#effector = new Effector({
      system: this.system,
      wrappers,
      infrastructure,
      journal: this.journal,
      clock,
      cluster: this.#cluster,
      migrations: this.#migrations,
      governance: this.#governance,
      placeNew: (component) => this.#placeNew(component),
      changed,
      onMigrationFailed: () => this.#reconciler.lookSoon(0),
    }));
    this.#sessions = new Sessions({
      engine,
      system: this.system,
      effector,
      events: this.events,
      journal: this.journal,
      bus,
      clock,
      changed,
      ended: () => this.#watching && this.#uses.adjustPolicies(),
      keeper: this.#keeper,
    });
    const { diagrams } = parts;
    this.#uses = new DiagramUses({
      ...{ deployment, diagrams, clock, system: this.system, sessions: this.#sessions },
      ...{ journal: this.journal, keeper: this.#keeper },
    });
    this.#reconciler = new Reconciler({
      system: this.system,
      infrastructure,
      journal: this.journal,
      events: this.events,
      migrates: (vm) => this.#migrations.migrates(vm),
      changed,
      onLost: (lost) => this.#guardian.reportLost(lost),
    });
    this.#guardian = new Guardian({
      system: this.system,
      infrastructure,
      events: this.events,
      journal: this.journal,
      reconciler: this.#reconciler,
      changed,
      onHostBack: (host) => this.#cluster.learn(host),
    });
    this.#monitor = new Monitor({
      clock,
      bus,
      probes,
      detectors,
      raise: ({ name, component, why, firstSeenAt }) => this.events.raise({ name, component, why, since: firstSeenAt }),
      onTrouble: (trouble) => void this.journal.append('trouble', trouble.component, trouble.text),
    });
    const { agents: directory, agentWatch: settings } = parts;
    this.agents =
      directory &&
      new ManagerAgents({
        directory,
        infrastructure,
        deployment,
        journal: this.journal,
        guardian: this.#guardian,
        targets: (use) => (this.#watching ? this.#targets(use) : []),
        onReading: (from, reading, at) => this.#monitor.hear(from, reading, at),
        settings,
      });
    this.events.onEvent((event, journalId) => this.#uses.react(event, journalId));
  }

  /** Modes, questions to administrators, and the kill switch. */
  get control(): Control {
    return this.#governance.control;
  }

  get migrations(): readonly MigrationRecord[] {
    return this.#migrations.records;
  }
  /** From the first thing that is brought up until all is taken down. */
  get up(): boolean {
    return this.#up;
  }
  /** From the end of the start until it is taken down: events are listened to. */
  get watching(): boolean {
    return this.#watching;
  }
  /** The hosts and VMs as the planner sees them now. */
  cluster(): Cluster {
    return this.#cluster.snapshot();
  }
  get migrating(): boolean {
    return this.#migrations.running > 0;
  }

  /**
   * Brings the hosts up, instantiates and places the components, runs the start diagrams, then begins to watch: nothing
   * is decided while the system is starting. What a former manager left in the store is taken up instead, where it ended:
   * where it was being taken down it is so when this resolves, and not {@link up}. Rejects with what failed; call
   * {@link undeploy} then too.
   */
  async deploy(options: UpOptions): Promise<void> {
    const { deployment, store, watching } = this.#parts;
    if (watching) {
      await this.#look(options);
      return;
    }
    const left = store && findLeft(store, deployment);
    await (left ? this.#takeUp(left, options) : this.#deployAnew(options));
  }

  async #deployAnew({ signal, onProgress }: UpOptions): Promise<void> {
    const { deployment, infrastructure } = this.#parts;
    const { journal, system } = this;
    const begun = infrastructure.clock.now();
    journal.append('deployment', deployment.name, `deploying ${deployment.name} on ${infrastructure.kind} hosts`);
    this.#up = true;
    await infrastructure.up(deployment, system, { signal, onProgress });
    signal.throwIfAborted();
    const silent = await this.#cluster.learnHosts();
    instantiate(system);
    placeAll(system, this.#cluster.snapshot());
    this.#keeper?.enter('starting');
    this.#publish();
    await this.#guardian.start(silent);
    this.agents?.start();
    await this.#uses.runRole('start', signal);
    await this.#begin();
    const took = ((infrastructure.clock.now() - begun) / 1000).toFixed(1);
    journal.append('deployment', deployment.name, `${deployment.name} is deployed, after ${took} s`);
  }

  /** Of a manager that changes nothing: looks what is there; then a shadow watches it, and a dry run tells how it would be started. */
  async #look({ signal, onProgress }: UpOptions): Promise<void> {
    const { deployment, infrastructure, watching } = this.#parts;
    const { journal, system } = this;
    const how = watching === 'shadow' ? 'watching' : 'telling what would be done with';
    journal.append('deployment', deployment.name, `${how} ${deployment.name}; nothing is changed`);
    this.#up = true;
    await infrastructure.up(deployment, system, { signal, onProgress });
    signal.throwIfAborted();
    const silent = await this.#cluster.learnHosts();
    instantiate(system);
    const put = (software: Component) => placeNew(system, this.#cluster.snapshot(), software);
    const found = await adopt(system, infrastructure, watching === 'shadow' ? put : undefined);
    const told = found.length > 0 ? `runs already: ${found.join(', ')}` : 'no VM of it runs';
    journal.append('deployment', deployment.name, told, { data: { found } });
    this.#publish();
    await this.#guardian.start(silent);
    this.agents?.start();
    if (watching === 'shadow') this.#watch();
    else {
      placeAll(system, this.#cluster.snapshot());
      await this.#uses.runRole('start', signal);
    }
  }

  async #takeUp(left: Left, { signal, onProgress }: UpOptions): Promise<void> {
    const { deployment, infrastructure, diagrams } = this.#parts;
    const { journal, system } = this;
    const { phase, ended } = left.system;
    for (const { subject, at } of recentMigrations(journal)) this.#cluster.moved(subject, undefined, at);
    restore(system, left, journal);
    // until the hosts are reached nothing is touched, and what was left is left
    await infrastructure.up(deployment, system, { signal, onProgress });
    this.#up = true;
    this.#keeper?.enter(phase, ended);
    const silent = await this.#cluster.learnHosts();
    await this.#guardian.start(silent);
    this.agents?.start();
    const lost = await this.#guardian.findLost(() => true);
    const going = left.sessions.filter((record) => goesOn(record, phase));
    for (const { id } of left.sessions.filter((record) => !going.includes(record))) this.#keeper?.remove(id);
    this.#restoreControl(left.system.control, going);
    for (const record of going) this.#uses.resume(record);
    failAbandoned(system, going, diagrams, journal);
    this.#publish();
    if (phase === 'stopping') {
      await this.#takeDown();
      return;
    }
    signal.throwIfAborted();
    if (phase === 'starting') {
      await this.#uses.runRole('start', signal);
      await this.#begin();
    } else {
      await infrastructure.deployed();
      this.#watch();
    }
    this.#guardian.reportLost(lost);
    journal.append('deployment', deployment.name, `${deployment.name} is taken up`);
  }

  /** Before its sessions go on: what they wait for is known again. */
  #restoreControl(stored: unknown, going: readonly SessionRecord[]): void {
    const { control, effects } = this.#governance;
    const state = (stored ?? {}) as Partial<GovernanceState>;
    control.restore(state);
    effects.restore(state.decisions ?? [], (session) => going.some(({ id }) => id === session));
  }

  /**
   * Moves a VM because a peer decided so; it has the same locks, queue and records as what a diagram moves. Rejects with
   * `unknown-component`, `migration-refused`, `cancelled`, or as the operation `migrate` does.
   */
  relocate(relocation: Relocation): Promise<MigrationOutcome> {
    const call = this.#sessions.call.bind(this.#sessions);
    const { gate } = this.#governance;
    return relocate({ system: this.system, journal: this.journal, cluster: this.#cluster, gate, call }, relocation);
  }

  /** The start diagrams have ended: from here on the system is watched. */
  async #begin(): Promise<void> {
    await this.#parts.infrastructure.deployed();
    this.#keeper?.enter('running');
    this.#watch();
  }

  /** Stops watching and deciding, calls off what runs, runs the stop diagrams, and takes the hosts down. Idempotent. */
  async undeploy(): Promise<void> {
    if (!this.#up) return;
    this.#up = false;
    this.#keeper?.stopping();
    this.#watching = false;
    this.#monitor.stop();
    await this.agents?.stop();
    await this.#sessions.stopAll();
    this.#effector.stop();
    await this.#takeDown();
  }

  async #takeDown(): Promise<void> {
    this.#up = false;
    const { deployment, infrastructure } = this.#parts;
    this.#guardian.stop();
    await this.agents?.stop();
    this.#reconciler.stop();
    const leaving = this.#parts.watching ? `no longer watching ${deployment.name}` : `taking ${deployment.name} down`;
    this.journal.append('deployment', deployment.name, leaving);
    this.#governance.effects.stop();
    let failure: unknown;
    const { watching } = this.#parts;
    const running = ({ kind, lifeCycle }: Component) => kind !== 'host' && lifeCycle.state !== 'stopped';
    if (!watching && this.system.components.some(running)) {
      await this.#uses.runRole('stop', new AbortController().signal).catch((error: unknown) => (failure = error));
    }
    await infrastructure.down();
    if (failure && this.#keeper) {
      const told = `what could not be stopped is kept: run ${deployment.name} again to go on, or with --fresh to forget it`;
      this.journal.append('trouble', deployment.name, told);
    } else {
      if (!watching) this.journal.append('deployment', deployment.name, `${deployment.name} is down`);
      this.#keeper?.forgetSystem();
    }
    if (failure) throw AttituneError.from(failure);
  }

  #watch(): void {
    for (const probe of this.#parts.deployment.probes) this.#monitor.watch(probe, () => this.#targets(probe));
    this.#watching = true;
    this.#cluster.begin();
    this.#uses.adjustPolicies();
    this.#monitor.start();
    this.agents?.changed();
  }

  /** Where nothing has room but hosts are off, who saves energy is told. */
  #placeNew(component: Component): void {
    const cluster = this.#cluster.snapshot();
    try {
      placeNew(this.system, cluster, component);
    } catch (error) {
      const host = AttituneError.is(error, 'no-capacity') && hostWantedFor(this.system, cluster, component);
      if (host) this.events.raise({ name: ROOM_WANTED, component: host, arg: component.name, why: error.message });
      throw error;
    }
  }

  #targets(use: ProbeUse): readonly ProbeTarget[] {
    const { infrastructure, probes, agents } = this.#parts;
    return probeTargets(use, { system: this.system, infrastructure, probes, agents });
  }

  #publish(): void {
    this.agents?.changed();
    const control = this.control.summary();
    const snapshot = this.system.snapshot(this.#parts.infrastructure.clock.now());
    this.#parts.bus.publish('system', control ? { ...snapshot, control } : snapshot);
  }
}

function defaultsOf(wrapper: Wrapper | undefined): Readonly<Record<string, string>> {
  const given = wrapper?.attributes.filter(({ defaultValue }) => defaultValue !== undefined) ?? [];
  return Object.fromEntries(given.map(({ name, defaultValue }) => [name, defaultValue ?? '']));
}
