import type { ComponentClass, Constraint, DeploymentDiagram } from '../../core/model/deployment.js';
import { childrenOf, placeOf, type XmlElement } from '../../core/xml/index.js';
import type { Collector } from '../collect.js';
import { initialCounts } from './check-cardinalities.js';
import { checkHostConstraints, type Tell } from './check-host-constraints.js';
import { groupsOf } from './constraints.js';
import { told } from './told.js';

/** A class, or an instance that constraints name, with all names that concern it: its own, its groups, what is around it. */
interface Subject {
  readonly name: string;
  readonly names: ReadonlySet<string>;
  readonly count: number;
  readonly family: string;
  readonly hosts: readonly string[];
}

/**
 * Hard constraints that nothing can satisfy, alone or together. What is asked of a class is asked of what is inside it
 * too. Each is told once, at the later of the two that contradict each other.
 */
export function checkConstraints(deployment: DeploymentDiagram, root: XmlElement, collector: Collector): void {
  const hard = deployment.constraints.filter(({ strength }) => strength === 'hard');
  if (hard.length === 0) return;
  const tell = teller(childrenOf(root, 'constraint'), collector);
  const subjects = subjectsOf(deployment, hard);
  const allowed = new Map<Subject, readonly string[]>();
  for (const subject of subjects) {
    const concerned = hard.filter(({ of }) => subject.names.has(of));
    const hosts = allowedHosts(subject, concerned, tell);
    if (hosts) allowed.set(subject, hosts);
    for (const constraint of concerned) {
      if (constraint.type === 'spread' && constraint.of === subject.name) checkSpread(constraint, hosts, subject, tell);
    }
    checkGathered(concerned, subjects, tell);
  }
  checkGatherable(hard, allowed, tell);
  checkHostConstraints(deployment, hard, tell);
}

function teller(elements: readonly XmlElement[], collector: Collector): Tell {
  const before = new Set<Constraint>();
  return (constraint, message) => {
    if (before.has(constraint)) return;
    before.add(constraint);
    const element = elements.find(({ place }) => place === constraint.place);
    const attribute = constraint.on === undefined ? 'type' : 'on';
    collector.add('constraint', message, element ? placeOf(element, attribute) : constraint.place);
  };
}

function subjectsOf(deployment: DeploymentDiagram, constraints: readonly Constraint[]): readonly Subject[] {
  const counts = initialCounts(deployment.classes);
  return deployment.classes.flatMap((description) => {
    const around = chainOf(description, deployment.classes);
    const family = deployment.hostFamilies.find(({ name }) => name === around.at(-1)?.hosts);
    const one: Subject = {
      name: description.name,
      names: new Set(around.flatMap((each) => [each.name, ...groupsOf(each)])),
      count: counts.get(description.name) ?? 0,
      family: family?.name ?? '',
      hosts: family?.hosts.map(({ name }) => name) ?? [],
    };
    const named = new Set(constraints.map(({ of }) => of).filter((of) => isInstance(of, description)));
    return [one, ...[...named].map((name) => ({ ...one, name, names: new Set([...one.names, name]), count: 1 }))];
  });
}

function isInstance(name: string, { name: className, instances = [] }: ComponentClass): boolean {
  if (instances.some((instance) => instance.name === name)) return true;
  return name.startsWith(`${className}_`) && /^\d+$/.test(name.slice(className.length + 1));
}

/** A class, and what it is inside, up to what is on hosts. */
function chainOf(description: ComponentClass, classes: readonly ComponentClass[]): readonly ComponentClass[] {
  const chain: ComponentClass[] = [];
  for (let current: ComponentClass | undefined = description; current && !chain.includes(current);) {
    chain.push(current);
    const { inside }: ComponentClass = current;
    current = classes.find(({ name }) => name === inside);
  }
  return chain;
}

function hostsOf({ on = '' }: Constraint): readonly string[] {
  return on.split(/\s+/).filter((name) => name !== '');
}

/** The hosts that pins and bans leave; `undefined` where they contradict each other, which is told. */
function allowedHosts(
  { name, family, hosts }: Subject,
  constraints: readonly Constraint[],
  tell: Tell,
): readonly string[] | undefined {
  const before: Constraint[] = [];
  let left = hosts;
  for (const constraint of constraints) {
    const { type, of, on = '' } = constraint;
    if (type !== 'pin' && type !== 'ban') continue;
    const named = hostsOf(constraint);
    const strange = named.filter((host) => !hosts.includes(host));
    if (type === 'pin' && strange.length > 0) {
      const is = strange.length === 1 ? 'is' : 'are';
      tell(
        constraint,
        `${of} is pinned to ${strange.join(', ')}, which ${is} not of the family ${family} that ${name} runs on.`,
      );
      return undefined;
    }
    left = left.filter((host) => named.includes(host) === (type === 'pin'));
    if (left.length === 0) {
      tell(constraint, noHostLeft({ name, family }, constraint, before, on));
      return undefined;
    }
    before.push(constraint);
  }
  return left;
}

/** In the words of the one constraint that it contradicts, where there is one; else of all before it. */
function noHostLeft(
  { name, family }: Pick<Subject, 'name' | 'family'>,
  constraint: Constraint,
  before: readonly Constraint[],
  on: string,
): string {
  const { type, of, place } = constraint;
  const named = hostsOf(constraint);
  const within = (one: Constraint, other: Constraint) => hostsOf(one).every((host) => hostsOf(other).includes(host));
  const pin = before.find(
    (other) =>
      other.type === 'pin' &&
      (type === 'pin' ? !hostsOf(other).some((host) => named.includes(host)) : within(other, constraint)),
  );
  if (type === 'pin' && pin)
    return `${of} is pinned to ${on}, and ${pin.of} to ${pin.on ?? ''} ${told(pin.place, place)}. Keep one of the two, or make one soft.`;
  const other = type === 'pin' ? before.find((ban) => ban.type === 'ban' && within(constraint, ban)) : pin;
  if (other) {
    const [here, there] = type === 'pin' ? ['pinned to', 'banned from'] : ['banned from', 'pinned to'];
    return `${of} is ${here} ${on}, and ${other.of} is ${there} it ${told(other.place, place)}. Keep one of the two, or make one soft.`;
  }
  const others = before.map((one) => told(one.place, place));
  const with_ = others.length === 0 ? '' : `, with those ${others.join(' and ')}`;
  const bans = type === 'ban' && before.every((one) => one.type === 'ban');
  return bans
    ? `${name} is banned from every host of the family ${family}${with_}. Take one out, or make one soft.`
    : `no host of the family ${family} is left for ${name}${with_}. Take one out, or make one soft.`;
}

function checkSpread(
  constraint: Constraint,
  allowed: readonly string[] | undefined,
  { name, family, count }: Subject,
  tell: Tell,
): void {
  const { most = 1 } = constraint;
  if (!allowed || count <= allowed.length * most) return;
  const hosts = allowed.length === 1 ? `one host of ${family}` : `${allowed.length} hosts of ${family}`;
  const wish = most === 1 ? 'cannot each have a host of its own' : `are too many for ${most} on a host at most`;
  tell(constraint, `${count} ${name} ${wish}: ${hosts} may take them. Add hosts, lower initial, or make it soft.`);
}

/** All on one host and few on each are two things, once there are more of them than one host may have. */
function checkGathered(constraints: readonly Constraint[], subjects: readonly Subject[], tell: Tell): void {
  const countOf = (of: string) =>
    subjects
      .filter(({ names, name, count }) => name === of || (count > 1 && names.has(of)))
      .reduce((most, { count }) => Math.max(most, count), 0);
  for (const gather of constraints.filter(({ type }) => type === 'gather')) {
    for (const spread of constraints.filter(({ type }) => type === 'spread')) {
      const { most = 1 } = spread;
      const alike = gather.of === spread.of && most === 1;
      if (!alike && Math.min(countOf(gather.of), countOf(spread.of)) <= most) continue;
      const [first, second] =
        constraints.indexOf(gather) < constraints.indexOf(spread) ? [gather, spread] : [spread, gather];
      const [here, there] = second === gather ? ['gathered', 'spread'] : ['spread', 'gathered'];
      tell(
        second,
        `${second.of} is ${here}, and ${first.of} is ${there} ${told(first.place, second.place)}. Keep one of the two, or make one soft.`,
      );
    }
  }
}

/** What is gathered has a host that all of it may be on. */
function checkGatherable(
  constraints: readonly Constraint[],
  allowed: ReadonlyMap<Subject, readonly string[]>,
  tell: Tell,
): void {
  for (const gather of constraints.filter(({ type }) => type === 'gather')) {
    const members = [...allowed].filter(([{ names, count }]) => names.has(gather.of) && count > 0);
    const [first, ...rest] = members;
    if (!first || first[1].some((host) => rest.every(([, hosts]) => hosts.includes(host)))) continue;
    const who = members.map(([{ name }, hosts]) => `${name} on ${hosts.join(' ')}`).join(', ');
    tell(
      gather,
      `${gather.of} is gathered, and no one host may take all of it: ${who}. Change a pin or ban, or make one soft.`,
    );
  }
}
