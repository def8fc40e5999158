import type { Domain, DomainState } from '../model/hypervisor.js';
import type { HostView } from './host-view.js';

/** A VM as the representation knows it. */
export interface ExpectedVm {
  readonly name: string;
  /** Absent: never learned; then the domain of its name on its host is it. */
  readonly uuid?: string;
  /** The host that it is placed on. */
  readonly host?: string;
  /** False where it is stopped, and no domain of it should run. */
  readonly runs: boolean;
  /** This manager is migrating it: it may be anywhere between the two. */
  readonly migrating?: boolean;
}

/** What an administrator may do about it; nothing of it is ever done by itself. */
export interface Advice {
  readonly action: 'destroy' | 'undefine';
  readonly host: string;
  readonly uuid: string;
}

/** What became of one VM. `hosts` are those that it is about, the one that counts first. */
export interface Finding {
  readonly vm: string;
  readonly kind: FindingKind;
  readonly hosts: readonly string[];
  readonly uuid?: string;
  readonly advice: readonly Advice[];
}

/**
 * - `as-expected`: it is where it is thought to be, and runs or is suspended there; a stopped one runs nowhere.
 * - `moved`: it runs, or is suspended, on another host than thought.
 * - `stopped`: it is off, and defined on one host. `gone`: no host has it.
 * - `silent`: it is on none of the hosts that answer, and others do not answer.
 * - `unexpected`: it is stopped as far as is known, and is there.
 * - `migrating`: it is on its way between two hosts.
 * - `leftover`: it runs on the first host, and a copy stands still on the others.
 * - `doubled`: it runs on several hosts. `undecided`: nothing of it runs, and it stands still, or is off, on several hosts.
 * - `ambiguous`: there are several of its name, and its uuid was never learned.
 * - `renamed`: it is there under another name.
 * - `stranger`: a note: a domain of its name is another one. `defined-twice`: a note: a definition of it that does not run.
 */
export type FindingKind = PrimaryKind | 'stranger' | 'defined-twice';
export type PrimaryKind =
  | 'as-expected'
  | 'moved'
  | 'stopped'
  | 'gone'
  | 'silent'
  | 'unexpected'
  | 'migrating'
  | 'leftover'
  | 'doubled'
  | 'undecided'
  | 'ambiguous'
  | 'renamed';

interface Sighting {
  readonly host: string;
  readonly domain: Domain;
}

/** Whether a domain of that state uses its disks, and its CPUs. What cannot be told is taken to run. */
const ACTIVITY: Readonly<Record<DomainState, 'runs' | 'stands' | 'off'>> = {
  running: 'runs',
  blocked: 'runs',
  shutdown: 'runs',
  unknown: 'runs',
  paused: 'stands',
  pmsuspended: 'stands',
  shutoff: 'off',
  crashed: 'off',
};

/**
 * Finds what became of every VM; pure. Each has exactly one finding of a {@link PrimaryKind}, and notes after it. A host
 * of `fenced` that does not answer counts as one that has nothing.
 */
export function reconcile(
  expected: readonly ExpectedVm[],
  views: readonly HostView[],
  fenced: ReadonlySet<string> = new Set(),
): readonly Finding[] {
  const silent = views.filter((view) => 'silent' in view && !fenced.has(view.host)).map(({ host }) => host);
  const answered = views.flatMap((view) => ('silent' in view ? [] : [view]));
  const seen = answered.flatMap(({ host, domains }) =>
    domains.filter(isThere).map((domain): Sighting => ({ host, domain })),
  );
  return expected.flatMap((vm) => {
    const named = seen.filter(({ domain }) => domain.name === vm.name);
    const uuid = vm.uuid ?? learn(vm, named);
    if (uuid === undefined && named.length > 0) return [{ ...about(vm, 'ambiguous', named), advice: [] }];
    const own = seen.filter(({ domain }) => domain.uuid === uuid);
    const strangers = named.filter(({ domain }) => domain.uuid !== uuid);
    const migrating = vm.migrating === true || answered.some((view) => view.migrating.has(vm.name));
    const unsure = answered.some((view) => view.unsure.has(vm.name));
    const notes = strangers.map((one) => ({ ...about(vm, 'stranger', [one]), uuid: one.domain.uuid, advice: [] }));
    const findings = judge(vm, own, { silent, migrating, unsure });
    return [...findings, ...notes].map((finding) => (uuid === undefined ? finding : { uuid, ...finding }));
  });
}

/** What is known beside the domains. */
interface Circumstances {
  /** Hosts that do not answer, and may have anything. */
  readonly silent: readonly string[];
  readonly migrating: boolean;
  /** A host cannot tell whether it migrates. */
  readonly unsure: boolean;
}

/** A transient domain that is off is being forgotten at this moment. */
function isThere({ state, persistent }: Domain): boolean {
  return persistent || state !== 'shutoff';
}

/** The uuid of a VM that was never learned: of the domain on its host, or of the only one. */
function learn({ host }: ExpectedVm, named: readonly Sighting[]): string | undefined {
  const uuids = new Set(named.map(({ domain }) => domain.uuid));
  if (uuids.size > 1) return named.find((one) => one.host === host)?.domain.uuid;
  return named[0]?.domain.uuid;
}

function judge(vm: ExpectedVm, own: readonly Sighting[], circumstances: Circumstances): Finding[] {
  const { silent, migrating, unsure } = circumstances;
  const thoughtFirst = [...own].sort((a, b) => Number(b.host === vm.host) - Number(a.host === vm.host));
  const of = (activity: 'runs' | 'stands' | 'off') =>
    thoughtFirst.filter(({ domain }) => ACTIVITY[domain.state] === activity);
  const [running, standing, off] = [of('runs'), of('stands'), of('off')];
  const active = [...running, ...standing];
  const finding = (kind: PrimaryKind, sightings: readonly Sighting[], advice: readonly Advice[] = []) => ({
    ...about(vm, kind, sightings),
    advice,
  });
  if (migrating && own.length > 0) return [finding('migrating', own)];
  if (own.some(({ domain }) => domain.name !== vm.name)) return [finding('renamed', thoughtFirst)];
  if (running.length > 1) return [finding('doubled', running)];
  const [one, ...others] = active;
  if (one && others.length > 0) {
    if (running.length === 0) return [finding('undecided', standing)];
    const advice = unsure ? [] : advise('destroy', standing);
    return [finding('leftover', active, advice), ...doubleDefinitions(vm, off, one)];
  }
  if (one) {
    // a copy that stands still may be what a migration brings from, or has brought to, a host that does not answer
    if (running.length === 0 && silent.length > 0 && one.host !== vm.host)
      return [{ ...finding('silent', [one]), hosts: [...silent, one.host] }];
    const kind = !vm.runs ? 'unexpected' : one.host === vm.host ? 'as-expected' : 'moved';
    return [finding(kind, [one]), ...doubleDefinitions(vm, off, one)];
  }
  if (vm.runs && silent.length > 0) return [{ ...finding('silent', []), hosts: silent }];
  const [definition, ...more] = off;
  if (!definition) return [finding(vm.runs ? 'gone' : 'as-expected', [])];
  if (more.length > 0 && definition.host !== vm.host) return [finding('undecided', off)];
  return [finding(vm.runs ? 'stopped' : 'as-expected', [definition]), ...doubleDefinitions(vm, more, definition)];
}

/** Definitions beside the one that counts: whoever starts one would start it twice. The last one of all is kept. */
function doubleDefinitions(vm: ExpectedVm, off: readonly Sighting[], kept: Sighting): Finding[] {
  return off.map((one) => {
    const advice = kept.domain.persistent ? advise('undefine', [one]) : [];
    return { ...about(vm, 'defined-twice', [kept, one]), advice };
  });
}

function advise(action: Advice['action'], sightings: readonly Sighting[]): readonly Advice[] {
  return sightings.map(({ host, domain }) => ({ action, host, uuid: domain.uuid }));
}

function about(vm: ExpectedVm, kind: FindingKind, sightings: readonly Sighting[]) {
  return { vm: vm.name, kind, hosts: sightings.map(({ host }) => host) };
}
