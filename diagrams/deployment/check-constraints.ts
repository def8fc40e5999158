import type { ComponentClass, Constraint, DeploymentDiagram } from '../../core/model/deployment.js';
import { childrenOf, placeOf, type XmlElement } from '../../core/xml/index.js';
import type { Collector } from '../collect.js';
import { initialCounts } from './check-cardinalities.js';
import { told } from './told.js';

/** A class with what is around it, from itself to the one that is on hosts, and the family of that. */
interface Chain {
  readonly name: string;
  readonly classes: ReadonlySet<string>;
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
  const counts = initialCounts(deployment.classes);
  const reporter = new Reporter(collector, childrenOf(root, 'constraint'));
  for (const description of deployment.classes) {
    const chain = chainOf(description, deployment);
    const concerned = hard.filter(({ of }) => chain.classes.has(of));
    const allowed = allowedHosts(chain, concerned, reporter);
    for (const constraint of concerned) {
      if (constraint.type === 'spread' && constraint.of === chain.name)
        checkSpread(constraint, counts.get(chain.name) ?? 0, allowed, chain, reporter);
    }
    checkGathered(concerned, counts, reporter);
  }
}

class Reporter {
  readonly #told = new Set<Constraint>();
  constructor(
    private readonly collector: Collector,
    private readonly elements: readonly XmlElement[],
  ) {}

  /** Once for each constraint, for a container's concerns all that is inside it. */
  tell(constraint: Constraint, message: string): void {
    if (this.#told.has(constraint)) return;
    this.#told.add(constraint);
    const element = this.elements.find(({ place }) => place === constraint.place);
    const attribute = constraint.on === undefined ? 'type' : 'on';
    this.collector.add('constraint', message, element ? placeOf(element, attribute) : constraint.place);
  }
}

function chainOf(description: ComponentClass, deployment: DeploymentDiagram): Chain {
  const classes = new Set<string>();
  let outermost: ComponentClass | undefined = description;
  for (let current: ComponentClass | undefined = description; current && !classes.has(current.name);) {
    classes.add(current.name);
    outermost = current;
    const { inside }: ComponentClass = current;
    current = deployment.classes.find(({ name }) => name === inside);
  }
  const family = deployment.hostFamilies.find(({ name }) => name === outermost.hosts);
  return {
    name: description.name,
    classes,
    family: family?.name ?? '',
    hosts: family?.hosts.map(({ name }) => name) ?? [],
  };
}

/** The hosts that pins and bans leave to a class; `undefined` where they contradict each other, which is told. */
function allowedHosts(
  { name, family, hosts }: Chain,
  constraints: readonly Constraint[],
  reporter: Reporter,
): readonly string[] | undefined {
  const bans: Constraint[] = [];
  let pin: Constraint | undefined;
  for (const constraint of constraints) {
    const { type, of, on = '', place } = constraint;
    if (type === 'pin' && !hosts.includes(on)) {
      reporter.tell(constraint, `${of} is pinned to ${on}, which is not of the family ${family} that ${name} runs on.`);
      return undefined;
    }
    if (type === 'pin' && pin && pin.on !== on) {
      reporter.tell(
        constraint,
        `${of} is pinned to ${on}, and ${pin.of} to ${pin.on ?? ''} ${told(pin.place, place)}. Keep one of the two, or make one soft.`,
      );
      return undefined;
    }
    const other =
      type === 'pin' ? bans.find((ban) => ban.on === on) : type === 'ban' && pin?.on === on ? pin : undefined;
    if (other) {
      const [here, there] = type === 'pin' ? ['pinned to', 'banned from'] : ['banned from', 'pinned to'];
      reporter.tell(
        constraint,
        `${of} is ${here} ${on}, and ${other.of} is ${there} it ${told(other.place, place)}. Keep one of the two, or make one soft.`,
      );
      return undefined;
    }
    if (type === 'pin') pin = constraint;
    if (type === 'ban') bans.push(constraint);
    if (type === 'ban' && hosts.every((host) => bans.some((ban) => ban.on === host))) {
      const others = bans.slice(0, -1).map((ban) => told(ban.place, place));
      const before = others.length === 0 ? '' : `, with those ${others.join(' and ')}`;
      reporter.tell(
        constraint,
        `${name} is banned from every host of the family ${family}${before}. Take one out, or make one soft.`,
      );
      return undefined;
    }
  }
  return hosts.filter((host) => (!pin || pin.on === host) && !bans.some((ban) => ban.on === host));
}

function checkSpread(
  constraint: Constraint,
  count: number,
  allowed: readonly string[] | undefined,
  { name, family }: Chain,
  reporter: Reporter,
): void {
  if (!allowed || count <= allowed.length) return;
  const hosts = allowed.length === 1 ? `one host of ${family}` : `${allowed.length} hosts of ${family}`;
  reporter.tell(
    constraint,
    `${count} ${name} cannot each have a host of its own: ${hosts} may take them. Add hosts, lower initial, or make it soft.`,
  );
}

/** All on one host and each on its own are two things, once there are two instances. */
function checkGathered(
  constraints: readonly Constraint[],
  counts: ReadonlyMap<string, number>,
  reporter: Reporter,
): void {
  for (const gather of constraints.filter(({ type }) => type === 'gather')) {
    for (const spread of constraints.filter(({ type }) => type === 'spread')) {
      const alike = gather.of === spread.of;
      if (!alike && Math.min(counts.get(gather.of) ?? 0, counts.get(spread.of) ?? 0) < 2) continue;
      const [first, second] =
        constraints.indexOf(gather) < constraints.indexOf(spread) ? [gather, spread] : [spread, gather];
      const [here, there] = second === gather ? ['gathered', 'spread'] : ['spread', 'gathered'];
      reporter.tell(
        second,
        `${second.of} is ${here}, and ${first.of} is ${there} ${told(first.place, second.place)}. Keep one of the two, or make one soft.`,
      );
    }
  }
}
