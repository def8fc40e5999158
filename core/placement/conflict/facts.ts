import type { Constraint } from '../../model/deployment.js';
import { percent, type Rejection } from '../cluster.js';
import { limitsOf, reservedOn } from '../constraints/limits.js';
import { hostsNamed, membersOf } from '../constraints/members.js';
import { constraintName, listed, mib } from '../constraints/words.js';
import type { HardRule, Problem } from '../problem.js';

/** Something that stands against a placement and could be otherwise. Hosts, VMs and constraints are indexes of the cluster. */
export type Fact =
  | { readonly kind: 'memory' | 'cpu' | 'vcpus' | 'closed' | 'off' | 'unread'; readonly host: number }
  | { readonly kind: 'stays' | 'cpu-model' | 'cycle'; readonly vm: number }
  | { readonly kind: 'constraint'; readonly constraint: number };

/** A fact as one word, for sets of them. */
export function keyOf(fact: Fact): string {
  if (fact.kind === 'constraint') return `constraint ${fact.constraint}`;
  return `${fact.kind} ${'host' in fact ? fact.host : fact.vm}`;
}

/**
 * All facts of a problem that could stand in the way, those first that say little: what is tried to do without first is
 * least often in the answer.
 */
export function factsOf(
  problem: Problem,
  free: readonly number[],
  wake: ReadonlySet<string>,
  below: number,
  cycles?: HardRule,
): readonly Fact[] {
  const { cluster } = problem;
  const facts: Fact[] = [];
  cluster.hosts.forEach((host, at) => {
    const limits = limitsOf(host, below);
    if (limits.vcpus !== Infinity) facts.push({ kind: 'vcpus', host: at });
    if (limits.cpu !== Infinity || reservedOn(cluster, host).cpu > 0) facts.push({ kind: 'cpu', host: at });
    facts.push({ kind: 'memory', host: at });
    if (limits.cpu !== Infinity && host.cpuUsed === undefined && host.powered !== 'off')
      facts.push({ kind: 'unread', host: at });
    if (host.powered === 'changing' || (host.powered === 'off' && !wake.has(host.name)))
      facts.push({ kind: 'off', host: at });
    else if (problem.accepting[at] !== 1) facts.push({ kind: 'closed', host: at });
  });
  for (const vm of free) if (cycles?.concerns?.has(vm) === true) facts.push({ kind: 'cycle', vm });
  for (const vm of free) if (cluster.vms[vm]?.cpuModel !== undefined) facts.push({ kind: 'cpu-model', vm });
  (cluster.constraints ?? []).forEach(({ strength }, constraint) => {
    if (strength === 'hard') facts.push({ kind: 'constraint', constraint });
  });
  for (const vm of free) if (problem.movable[vm] !== 1) facts.push({ kind: 'stays', vm });
  return facts;
}

/** Above this number, facts of one kind are told together. */
const TOLD_SINGLY = 8;

/** A set of facts in words, for the VMs that it is about. */
export function factTexts(
  problem: Problem,
  facts: readonly Fact[],
  vms: readonly number[],
  rejected: readonly Rejection[],
  below: number,
): readonly string[] {
  const kinds = new Map<string, Fact[]>();
  for (const fact of facts) kinds.set(fact.kind, [...(kinds.get(fact.kind) ?? []), fact]);
  const texts: string[] = [];
  for (const [kind, alike] of kinds) {
    const told = kind === 'constraint' || alike.length <= TOLD_SINGLY ? alike : alike.slice(0, 3);
    const more = alike.length - told.length;
    texts.push(...told.map((fact) => factText(problem, fact, vms, rejected, below)));
    if (more > 0) texts.push(`${more} more hosts likewise: ${MORE[kind] ?? 'they take no VMs'}`);
  }
  return texts;
}

const MORE: Readonly<Record<string, string>> = {
  memory: 'their free memory is too small',
  cpu: 'their CPU would reach the limit',
  vcpus: 'they may promise no more virtual CPUs',
  off: 'they are off',
  unread: 'there is no fresh CPU reading of them',
};

function factText(
  problem: Problem,
  fact: Fact,
  vms: readonly number[],
  rejected: readonly Rejection[],
  below: number,
): string {
  const { cluster } = problem;
  if (fact.kind === 'constraint') {
    const constraint = cluster.constraints?.[fact.constraint];
    return constraint ? constraintText(problem, constraint) : '';
  }
  if ('vm' in fact) {
    const vm = cluster.vms[fact.vm];
    if (fact.kind === 'cycle')
      return `${vm?.name} does not go back to ${listed(leftBy(problem, fact.vm))}, which it left lately`;
    if (fact.kind === 'cpu-model') {
      const having = cluster.hosts.filter(({ cpuModels }) => cpuModels?.includes(vm?.cpuModel ?? '') !== false);
      const where = having.length === 0 ? 'no host has' : `only ${listed(having.map(({ name }) => name))} may have`;
      return `${vm?.name} was started with the CPU model ${vm?.cpuModel}, which ${where}`;
    }
    const reason = rejected.find(({ vm: name, to }) => name === vm?.name && to === undefined)?.detail;
    return reason ?? (vm?.running === false ? `${vm.name} is not running` : `${vm?.name} cannot be moved now`);
  }
  return HOST_TEXTS[fact.kind](problem, fact.host, vms, below);
}

type HostText = (problem: Problem, host: number, vms: readonly number[], below: number) => string;

const HOST_TEXTS: Readonly<Record<'memory' | 'cpu' | 'vcpus' | 'closed' | 'off' | 'unread', HostText>> = {
  memory: (problem, host, vms, below) => {
    const { cluster, memory } = problem;
    const limit = cluster.hosts[host] ? limitsOf(cluster.hosts[host], below).memoryMiB : 0;
    const there = sumOn(problem, host, memory);
    const need = needs(problem, vms, host, (vm) => mib(memory[vm] ?? 0));
    return `${cluster.hosts[host]?.name} has ${mib(Math.max(0, limit - there))} free${need}`;
  },
  cpu: (problem, host, vms, below) => {
    const { cluster, cpu, cpuBase, cpuCapacity } = problem;
    const capacity = cpuCapacity[host] ?? 1;
    const share = (value: number) => percent(capacity > 0 ? value / capacity : 1);
    const used = (cpuBase[host] ?? 0) + sumOn(problem, host, cpu);
    const need = needs(problem, vms, host, (vm) => share(cpu[vm] ?? 0), 'uses');
    const bound = below === Infinity ? '' : ` and has to stay below ${percent(below)}`;
    return `${cluster.hosts[host]?.name} is at ${share(used)} of its CPU${bound}${need}`;
  },
  vcpus: (problem, host, vms, below) => {
    const { cluster, vcpus } = problem;
    const limit = cluster.hosts[host] ? limitsOf(cluster.hosts[host], below).vcpus : 0;
    const need = needs(problem, vms, host, (vm) => String(vcpus[vm] ?? 0), 'has');
    return `${cluster.hosts[host]?.name} may promise ${Math.floor(limit)} virtual CPUs and has promised ${sumOn(problem, host, vcpus)}${need}`;
  },
  closed: ({ cluster }, host) => {
    const one = cluster.hosts[host];
    return `${one?.name} takes no VMs${one?.closed ? `: ${one.closed}` : ''}`;
  },
  off: ({ cluster }, host) =>
    `${cluster.hosts[host]?.name} is ${cluster.hosts[host]?.powered === 'off' ? 'off' : 'being switched on or off'}`,
  unread: ({ cluster }, host) => `no fresh CPU reading of ${cluster.hosts[host]?.name}`,
};

/** Hosts that a VM left, as far as it is known. */
function leftBy({ cluster }: Problem, vm: number): readonly string[] {
  return [...new Set(cluster.vms[vm]?.moves?.map(({ from }) => from) ?? [])];
}

function sumOn({ start }: Problem, host: number, amounts: Float64Array): number {
  let sum = 0;
  start.forEach((on, vm) => {
    const amount = amounts[vm] ?? 0;
    if (on === host && !Number.isNaN(amount)) sum += amount;
  });
  return sum;
}

/** `, web2 needs 2048 MiB`; of several VMs the first three. */
function needs(
  { cluster, start }: Problem,
  vms: readonly number[],
  host: number,
  amount: (vm: number) => string,
  verb = 'needs',
): string {
  const coming = vms.filter((vm) => start[vm] !== host);
  const told = coming.slice(0, 3).map((vm) => `${cluster.vms[vm]?.name} ${verb} ${amount(vm)}`);
  const more = coming.length - told.length;
  if (more > 0) told.push(`${more} more besides`);
  return told.length === 0 ? '' : `, ${listed(told)}`;
}

/** A constraint as a fact: `web1 and web2 are spread over hosts`. */
export function constraintText({ cluster }: Problem, constraint: Constraint): string {
  const { type, of, most = 1, cpu = 0, memoryMiB = 0 } = constraint;
  const members = membersOf(cluster, constraint).map((vm) => cluster.vms[vm]?.name ?? '');
  const hosts = listed(hostsNamed(constraint), 'or');
  const who =
    members.length === 1 || members.length > 4
      ? members.length === 1
        ? (members[0] ?? of)
        : `the ${members.length} VMs of ${of}`
      : listed(members);
  const are = members.length === 1 ? 'is' : 'are';
  const texts: Readonly<Record<Constraint['type'], () => string>> = {
    spread: () => `${who} ${are} spread over hosts${most === 1 ? '' : `, at most ${most} on one`}`,
    gather: () => `${who} ${are} kept on one host`,
    pin: () => `${who} ${are} pinned to ${hosts}`,
    ban: () => `${who} ${are} banned from ${hosts}`,
    reserve: () =>
      `${listed([...(cpu > 0 ? [`${percent(cpu)} of CPU`] : []), ...(memoryMiB > 0 ? [mib(memoryMiB)] : [])])} of ${of} ${cpu > 0 && memoryMiB > 0 ? 'are' : 'is'} kept free`,
    online: () => constraintName(constraint),
  };
  return texts[type]();
}
