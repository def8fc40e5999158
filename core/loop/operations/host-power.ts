import { delay, type Clock } from '../../model/clock.js';
import type { Component } from '../../model/component.js';
import { AttituneError } from '../../model/errors.js';
import type { HostAccess, Infrastructure } from '../../model/infrastructure.js';
import type { PowerControl } from '../../model/power.js';
import { poweredOf, setPowered } from '../../model/powered.js';
import { parseDurationMs } from '../../model/quantity.js';
import type { SystemRepresentation } from '../../model/system-representation.js';
import { whereaboutsOf } from '../../model/whereabouts.js';
import type { Journal } from '../journal.js';
import { withTimeout } from './timeout.js';

export interface HostPowerParts {
  readonly system: SystemRepresentation;
  readonly infrastructure: Infrastructure;
  readonly journal: Journal;
  readonly clock: Clock;
  /** Called after each change of the representation. */
  readonly changed: () => void;
}

interface HostCall {
  readonly parameters: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  /** Entry of the journal that led to it. */
  readonly cause: number | undefined;
}

interface HostOperation {
  readonly description: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly run: (power: HostPower, host: Component, call: HostCall) => Promise<unknown>;
}

/** Operations of hosts, with the default of each parameter. */
export const HOST_OPERATIONS: Readonly<Record<string, HostOperation>> = {
  powerOff: {
    description:
      'Switches hosts off that run nothing and that nothing is on its way to; nobody takes that for a failure. "wait" = no: it goes on by itself.',
    parameters: { within: '5 min', wait: 'yes' },
    run: (power, host, call) => power.off(host, call),
  },
  powerOn: {
    description: 'Switches hosts on and waits until their hypervisors answer. "wait" = no: it goes on by itself.',
    parameters: { within: '10 min', wait: 'yes' },
    run: (power, host, call) => power.on(host, call),
  },
};

/** How often a host that is being switched is looked at. */
const LOOK_EVERY_MS = 1000;
/** A host that answers so often is on, though nobody has told of its return. */
const UNHEARD_LOOKS = 30;

/**
 * Switches hosts. One that is off is `stopped` and meant to be: it counts as no failure anywhere (the attribute `powered`
 * tells, and outlives the manager), and takes nothing until it is on again.
 */
export class HostPower {
  readonly #stop = new AbortController();

  constructor(private readonly parts: HostPowerParts) {}

  /** Leaves alone what goes on by itself. */
  stop(): void {
    this.#stop.abort(new AttituneError('cancelled', 'The manager ends.'));
  }

  /**
   * Runs an operation on several hosts side by side. Rejects with `power`, `operation-timeout`, `unknown-operation` for
   * what is no host, or what the host's control rejects with; a host that could not be switched is as it was.
   */
  async run(components: readonly Component[], name: string, call: HostCall): Promise<unknown> {
    const operation = HOST_OPERATIONS[name];
    const other = components.find(({ kind }) => kind !== 'host');
    if (!operation || other) {
      const what = `${other?.name ?? 'This'} has no operation "${name}": only hosts are switched.`;
      throw new AttituneError('unknown-operation', what);
    }
    const wrong = Object.keys(call.parameters).find((given) => !(given in operation.parameters));
    if (wrong !== undefined)
      throw new AttituneError(
        'unknown-attribute',
        `${name} takes no parameter "${wrong}"; it takes ${Object.keys(operation.parameters).join(', ')}.`,
      );
    const parameters = { ...operation.parameters, ...call.parameters };
    for (const host of components) {
      controlOf(this.parts.infrastructure.host(host.name));
      if (name === 'powerOff' && poweredOf(host) === 'on') this.#refuseBusy(host);
    }
    const waits = parameters['wait'] !== 'no';
    // what goes on by itself ends with the manager, not with the session
    const signal = waits ? call.signal : this.#stop.signal;
    const running = components.map((host) => operation.run(this, host, { ...call, signal, parameters }));
    if (!waits) {
      // each tells its own end in the journal
      void Promise.allSettled(running);
      return { names: components.map(({ name: host }) => host) };
    }
    const results = await Promise.allSettled(running);
    for (const result of results) if (result.status === 'rejected') throw AttituneError.from(result.reason, 'power');
    return { names: components.map(({ name: host }) => host) };
  }

  async off(host: Component, call: HostCall): Promise<void> {
    const { clock, infrastructure } = this.parts;
    if (poweredOf(host) === 'off') return;
    const access = infrastructure.host(host.name);
    const control = controlOf(access);
    this.#refuseBusy(host);
    const before = host.lifeCycle.state;
    this.#mark(host, 'changing', 'stopping');
    const entry = this.#tell('operation', host, `${host.name} is being switched off …`, call.cause);
    try {
      await withTimeout(
        clock,
        `${host.name}.powerOff`,
        parseDurationMs(call.parameters['within'] ?? ''),
        call.signal,
        async (signal) => {
          // only now nothing can come to it any more
          this.#refuseBusy(host);
          await control.off();
          await this.#until(signal, async () => {
            const state = await control.state();
            return state === 'off' || (state === 'unknown' && !(await answers(access)));
          });
        },
      );
      this.#mark(host, 'off', 'stopped');
      this.#tell('component', host, `${host.name} is switched off`, entry);
    } catch (error) {
      const failure = AttituneError.from(error, 'power', `${host.name}.powerOff`);
      if (this.#stop.signal.aborted) throw failure;
      if (await answers(access)) this.#mark(host, 'on', before === 'stopped' ? 'started' : before);
      else this.#mark(host, 'off', 'stopped');
      this.#tell('trouble', host, `powerOff failed: ${failure.message}`, entry, failure);
      throw failure;
    }
  }

  async on(host: Component, call: HostCall): Promise<void> {
    const { clock, infrastructure, system } = this.parts;
    if (poweredOf(host) === 'on' && host.lifeCycle.state === 'started') return;
    const access = infrastructure.host(host.name);
    const control = controlOf(access);
    this.#mark(host, 'changing', 'starting');
    const begun = clock.now();
    const entry = this.#tell('operation', host, `${host.name} is being switched on …`, call.cause);
    try {
      await withTimeout(
        clock,
        `${host.name}.powerOn`,
        parseDurationMs(call.parameters['within'] ?? ''),
        call.signal,
        async (signal) => {
          await control.on();
          // whoever listens to its connection makes it `started`, once all is known of it again; one whose connection
          // was never lost is asked
          let answered = 0;
          await this.#until(signal, async () => {
            if (system.component(host.name).lifeCycle.state === 'started') return true;
            answered = (await answers(access)) ? answered + 1 : 0;
            return answered >= UNHEARD_LOOKS;
          });
        },
      );
      this.#mark(host, 'on', 'started');
      const took = ((clock.now() - begun) / 1000).toFixed(1);
      this.#tell('component', host, `${host.name} is switched on, after ${took} s`, entry);
    } catch (error) {
      const failure = AttituneError.from(error, 'power', `${host.name}.powerOn`);
      if (this.#stop.signal.aborted) throw failure;
      if (host.lifeCycle.state !== 'started') this.#mark(host, 'off', 'stopped');
      this.#tell('trouble', host, `powerOn failed: ${failure.message}`, entry, failure);
      throw failure;
    }
  }

  /** Throws `power` for a host that has something, or that something is on its way to. */
  #refuseBusy(host: Component): void {
    const { system, infrastructure } = this.parts;
    const here = [...host.content].filter(({ lifeCycle }) => lifeCycle.state !== 'stopped').map(({ name }) => name);
    const may = system.components
      .filter((one) => one.kind === 'vm' && !here.includes(one.name) && whereaboutsOf(one).includes(host.name))
      .map(({ name }) => name);
    const { running, waiting } = infrastructure.migrations;
    const coming = [...running, ...waiting].filter(({ from, to }) => to === host.name || from === host.name);
    const reasons = [
      here.length > 0 ? `it has ${here.join(', ')}` : '',
      may.length > 0 ? `${may.join(', ')} may be on it` : '',
      coming.length > 0 ? `${coming.map(({ domain }) => domain).join(', ')} migrates from or to it` : '',
    ].filter(Boolean);
    if (reasons.length > 0)
      throw new AttituneError('power', `${host.name} is not switched off: ${reasons.join('; ')}. Empty it first.`);
  }

  async #until(signal: AbortSignal, done: () => Promise<boolean>): Promise<void> {
    while (!(await done())) await delay(this.parts.clock, LOOK_EVERY_MS, signal);
  }

  #mark(host: Component, powered: 'on' | 'off' | 'changing', state: Component['lifeCycle']['state']): void {
    setPowered(host, powered, this.parts.clock.now());
    host.lifeCycle.restore(state, state === 'starting' || state === 'started' ? 'started' : 'stopped');
    this.parts.changed();
  }

  #tell(
    kind: 'operation' | 'component' | 'trouble',
    host: Component,
    text: string,
    cause: number | undefined,
    error?: AttituneError,
  ) {
    const data = error ? { data: { code: error.code } } : {};
    return this.parts.journal.append(kind, host.name, text, { cause, ...data }).id;
  }
}

function controlOf({ name, power }: HostAccess): PowerControl {
  if (power) return power;
  const how = 'Give it power="ipmi", "wake-on-lan" or "command" in the deployment.';
  throw new AttituneError('power', `${name} cannot be switched: the deployment does not say how. ${how}`);
}

async function answers({ hypervisor }: HostAccess): Promise<boolean> {
  return await hypervisor.capabilities().then(
    () => true,
    () => false,
  );
}
