import type { Component } from '../../model/component.js';
import { AttituneError, type ErrorCode } from '../../model/errors.js';
import type { TimerHandle } from '../../model/clock.js';
import type { Infrastructure } from '../../model/infrastructure.js';
import type { LifeCycleState } from '../../model/life-cycle.js';
import type { SystemRepresentation } from '../../model/system-representation.js';
import { isFenced, setWhereabouts, UNSEEN, UUID } from '../../model/whereabouts.js';
import type { EventChannel } from '../event-channel.js';
import type { Journal } from '../journal.js';
import type { LostComponent } from '../keeping/lost.js';
import { textOf } from '../../reconciliation/finding-texts.js';
import { reconcile, type ExpectedVm, type Finding, type FindingKind } from '../../reconciliation/findings.js';
import { viewHosts } from '../../reconciliation/host-view.js';

export interface ReconcilerParts {
  readonly system: SystemRepresentation;
  readonly infrastructure: Infrastructure;
  readonly journal: Journal;
  readonly events: EventChannel;
  /** Whether this manager is migrating a VM now. */
  readonly migrates: (vm: string) => boolean;
  /** Called after each change of the representation. */
  readonly changed: () => void;
  /** Told what a look that nobody waits for has found to be lost. */
  readonly onLost: (lost: readonly LostComponent[]) => void;
}

/** Event of a VM that is on more than one host; its argument names them. */
export const VM_DOUBLED = 'vm.doubled';

/** What passes by itself, such as the moment in which a migration changes sides, has passed after this. */
const PASSES_WITHIN_MS = 5000;
const LOOK_AGAIN_MS = 1000;
const LOOK_AGAIN_AT_MOST_MS = 10_000;

/** Seen only while something is under way, or else trouble; with the code of that, and whether the VM can be used. */
const TROUBLE: Readonly<Partial<Record<FindingKind, { readonly code: ErrorCode; readonly fails: boolean }>>> = {
  leftover: { code: 'domain-doubled', fails: false },
  doubled: { code: 'domain-doubled', fails: true },
  undecided: { code: 'domain-doubled', fails: true },
  ambiguous: { code: 'domain-doubled', fails: true },
  renamed: { code: 'domain-exists', fails: false },
};

/** Worth one line, once. */
const NOTES: Readonly<Partial<Record<FindingKind, ErrorCode>>> = {
  silent: 'host-unreachable',
  unexpected: 'domain-state',
  stranger: 'domain-exists',
  'defined-twice': 'domain-doubled',
};

/** What a look that came between two hosts' answers may have got wrong is believed only when it is seen twice. */
const SEEN_TWICE: ReadonlySet<FindingKind> = new Set(['gone', 'stopped', 'silent']);

interface Seen {
  readonly findings: readonly Finding[];
  /** False for what changed, or was migrated, while the hosts were asked: nothing can be said of it. */
  readonly holds: (vm: Component) => boolean;
}

/**
 * Compares the VMs of the representation with what the hosts have, and brings it up to date. It changes nothing on a
 * host. See the README of this folder for its rules.
 */
export class Reconciler {
  /** Since when something is seen that may pass, by VM. */
  readonly #passing = new Map<string, { readonly what: string; readonly since: number }>();
  /** What was told last, by VM or VM and note, so that it is told once. */
  readonly #told = new Map<string, string>();
  #last: Promise<unknown> = Promise.resolve();
  #timer: TimerHandle;
  #again = LOOK_AGAIN_MS;
  #stopped = false;

  constructor(private readonly parts: ReconcilerParts) {}

  /** It is started, and its host does not answer any more. */
  doubt(component: Component): void {
    component.setAttribute(UNSEEN.attribute, UNSEEN.value);
  }
  isDoubted(component: Component): boolean {
    return component.attributes.has(UNSEEN.attribute);
  }
  /** What became of it is known. */
  settle(component: Component): void {
    component.removeAttribute(UNSEEN.attribute);
  }

  /** It is started, as it was before nobody could look. */
  recover(component: Component): void {
    if (!this.isDoubted(component)) return;
    this.settle(component);
    if (component.lifeCycle.state !== 'failed') return;
    component.lifeCycle.restore('started', 'started');
    this.parts.journal.append('component', component.name, `${component.name} runs, as before it was out of sight`);
  }

  /**
   * Looks now, one look after the other. Resolves with what is lost, for its caller to tell; what passes is looked at
   * again later. Rejects with what a host's hypervisor rejects with, but `host-unreachable`.
   */
  look(): Promise<readonly LostComponent[]> {
    const look = this.#last.then(() => this.#look());
    this.#last = look.catch(() => undefined);
    return look;
  }

  /** Looks in a moment; what is then found is told. */
  lookSoon(afterMs = LOOK_AGAIN_MS): void {
    if (this.#stopped) return;
    const { clock } = this.parts.infrastructure;
    clock.clearTimeout(this.#timer);
    this.#timer = clock.setTimeout(() => {
      this.look().then(this.parts.onLost, (error: unknown) => this.#trouble('reconciliation', error));
    }, afterMs);
  }

  stop(): void {
    this.#stopped = true;
    this.parts.infrastructure.clock.clearTimeout(this.#timer);
  }

  async #look(): Promise<readonly LostComponent[]> {
    const { system } = this.parts;
    if (!system.components.some(({ kind }) => kind === 'vm')) return [];
    const first = await this.#see();
    const doubtful = first.findings.some(({ kind }) => SEEN_TWICE.has(kind));
    const { findings, holds } = doubtful ? await this.#see() : first;
    if (this.#stopped) return [];
    const before = new Set(first.findings.map(signature));
    const lost: LostComponent[] = [];
    let unsettled = false;
    for (const finding of findings) {
      const vm = system.has(finding.vm) ? system.component(finding.vm) : undefined;
      if (!vm) continue;
      if (!holds(vm) || (SEEN_TWICE.has(finding.kind) && !before.has(signature(finding)))) unsettled = true;
      else unsettled = this.#apply(finding, vm, lost) || unsettled;
    }
    this.parts.changed();
    if (unsettled) this.lookSoon(this.#again);
    this.#again = unsettled ? Math.min(LOOK_AGAIN_AT_MOST_MS, this.#again * 1.5) : LOOK_AGAIN_MS;
    return lost;
  }

  async #see(): Promise<Seen> {
    const { system, infrastructure, migrates } = this.parts;
    const vms = system.components.filter((one) => one.kind === 'vm' && !isOnItsWay(one.lifeCycle.state));
    const states = new Map(vms.map((vm) => [vm, vm.lifeCycle.state]));
    const expected = vms.map((vm): ExpectedVm => {
      const host = system.hostOf(vm)?.name;
      const uuid = vm.attributes.get(UUID);
      return {
        name: vm.name,
        ...(uuid ? { uuid } : {}),
        ...(host === undefined ? {} : { host }),
        runs: this.#isMeantToRun(vm) || vm.lifeCycle.expected === 'started',
        migrating: migrates(vm.name),
      };
    });
    const hosts = infrastructure.hosts();
    const fenced = hosts.map(({ name }) => name).filter((name) => system.has(name) && isFenced(system.component(name)));
    const views = await viewHosts(hosts, new Set(expected.map(({ name }) => name)));
    return {
      findings: reconcile(expected, views, new Set(fenced)),
      holds: (vm) => states.get(vm) === vm.lifeCycle.state && !migrates(vm.name),
    };
  }

  /** True for what has to be looked at again. */
  #apply(finding: Finding, vm: Component, lost: LostComponent[]): boolean {
    const { kind, hosts } = finding;
    const trouble = TROUBLE[kind];
    if (trouble) return this.#wait(finding, vm, trouble);
    if (kind === 'migrating') {
      this.#once(vm, finding, 'component', {});
      return true;
    }
    const code = NOTES[kind];
    if (code) {
      this.#once(vm, finding, 'trouble', { code, hosts, advice: finding.advice });
      return false;
    }
    this.#passing.delete(vm.name);
    const told = this.#told.get(vm.name);
    this.#told.delete(vm.name);
    if (kind === 'gone' || kind === 'stopped') {
      const meant = this.#isMeantToRun(vm);
      this.settle(vm);
      setWhereabouts(vm, []);
      if (meant) lost.push({ component: vm, why: textOf(finding, undefined) ?? kind, found: vm.lifeCycle.state });
      return false;
    }
    const [host] = hosts;
    if (host !== undefined) this.#isOn(vm, host, finding, told);
    return false;
  }

  #isOn(vm: Component, host: string, finding: Finding, told: string | undefined): void {
    const { system, journal } = this.parts;
    const thought = system.hostOf(vm)?.name;
    if (thought !== host) {
      system.place(vm, system.component(host));
      const what = textOf(finding, thought) ?? '';
      journal.append('component', vm.name, what, { data: { from: thought, to: host } });
    }
    if (told?.startsWith('migrating'))
      journal.append(
        'migration',
        vm.name,
        `the migration of ${vm.name} that went on by itself has ended: it is on ${host}`,
      );
    setWhereabouts(vm, [host]);
    if (finding.uuid !== undefined && !vm.attributes.has(UUID)) vm.setAttribute(UUID, finding.uuid);
    this.recover(vm);
  }

  /** Trouble that does not pass is told; until then it is looked at again, and afterwards too, for it may be dealt with. */
  #wait(
    finding: Finding,
    vm: Component,
    { code, fails }: { readonly code: ErrorCode; readonly fails: boolean },
  ): boolean {
    const { infrastructure, events } = this.parts;
    const now = infrastructure.clock.now();
    const what = signature(finding);
    const since = this.#passing.get(vm.name);
    if (since?.what !== what) this.#passing.set(vm.name, { what, since: now });
    else if (now - since.since >= PASSES_WITHIN_MS) {
      const { hosts, advice } = finding;
      const text = this.#once(vm, finding, 'trouble', { code, hosts, advice });
      if (text !== undefined) {
        if (fails) {
          this.doubt(vm);
          vm.lifeCycle.enter('failed', text);
          this.parts.changed();
        }
        events.raise({ name: VM_DOUBLED, component: vm.name, arg: hosts.join(' '), why: text });
      }
    }
    return true;
  }

  /** The text, if it is new. */
  #once(
    vm: Component,
    finding: Finding,
    kind: 'component' | 'trouble',
    data: Readonly<Record<string, unknown>>,
  ): string | undefined {
    const { system, journal } = this.parts;
    const note = finding.kind === 'stranger' || finding.kind === 'defined-twice';
    const key = note ? `${vm.name} ${signature(finding)}` : vm.name;
    if (this.#told.get(key) === signature(finding)) return undefined;
    this.#told.set(key, signature(finding));
    const text = textOf(finding, system.hostOf(vm)?.name) ?? finding.kind;
    journal.append(kind, vm.name, text, { data });
    return text;
  }

  /** As far as anybody could look, it was started last. */
  #isMeantToRun(vm: Component): boolean {
    const { state } = vm.lifeCycle;
    return state === 'started' || (state === 'failed' && this.isDoubted(vm));
  }

  #trouble(subject: string, error: unknown): void {
    const { message, code } = AttituneError.from(error);
    this.parts.journal.append('trouble', subject, `the hosts could not be compared: ${message}`, { data: { code } });
  }
}

function signature({ vm, kind, hosts }: Finding): string {
  return `${kind} ${vm} ${hosts.join(' ')}`;
}

function isOnItsWay(state: LifeCycleState): boolean {
  return state === 'starting' || state === 'stopping';
}
