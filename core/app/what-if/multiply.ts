import type {
  ComponentClass,
  DeploymentDiagram,
  HostEntry,
  HostFamily,
  InstanceEntry,
} from '../../model/deployment.js';
import { AttituneError } from '../../model/errors.js';

/** How large the deployment is to be. */
export interface Size {
  readonly hosts: number;
  readonly vms: number;
}

/**
 * A deployment with other numbers of hosts and of machines, each family and each class of machines in the part that it has
 * now: the pattern of hosts and of named instances is repeated, `host1` as `host1-2`, `host1-3` … `isMachine` tells classes
 * of virtual machines. Pure. Throws `usage` where there is nothing to repeat, or less is asked for than one of each.
 */
export function multiplied(
  deployment: DeploymentDiagram,
  size: Size,
  isMachine: (description: ComponentClass) => boolean,
): DeploymentDiagram {
  const families = deployment.hostFamilies.filter(({ hypervisor, hosts }) => hypervisor !== 'none' && hosts.length > 0);
  const machines = deployment.classes.filter((one) => isMachine(one) && one.hosts !== undefined && countOf(one) > 0);
  if (families.length === 0 || machines.length === 0)
    throw new AttituneError(
      'usage',
      `${deployment.name} has no virtual machines on hosts with a hypervisor: there is nothing to multiply.`,
    );
  const hosts = shares(
    size.hosts,
    families.map((family) => family.hosts.length),
    'hosts',
    'families of hosts',
  );
  const vms = shares(size.vms, machines.map(countOf), 'vms', 'classes of machines');
  const grown = new Map(families.map((family, index) => [family.name, repeatHosts(family, hosts[index] ?? 1)]));
  const hostsOf = ({ hosts: family = '' }: ComponentClass) => grown.get(family)?.hosts.map(({ name }) => name) ?? [];
  return {
    ...deployment,
    hostFamilies: deployment.hostFamilies.map((family) => grown.get(family.name) ?? family),
    classes: deployment.classes.map((description) => {
      const index = machines.indexOf(description);
      if (index < 0) return description;
      const count = vms[index] ?? 1;
      return { ...description, initial: count, instances: repeatInstances(description, count, hostsOf(description)) };
    }),
  };
}

function countOf({ initial, instances }: ComponentClass): number {
  return initial ?? Math.max(1, instances?.length ?? 1);
}

/** The largest remainders get what division leaves over; each part gets one at least. */
function shares(total: number, parts: readonly number[], option: string, what: string): readonly number[] {
  if (total < parts.length)
    throw new AttituneError('usage', `--${option} ${total} is less than one for each of the ${parts.length} ${what}.`);
  const sum = parts.reduce((all, part) => all + part, 0);
  const spare = total - parts.length;
  const exact = parts.map((part) => (spare * part) / sum);
  const whole = exact.map((share) => 1 + Math.floor(share));
  const order = exact.map((share, index) => ({ index, rest: share % 1 })).sort((a, b) => b.rest - a.rest);
  let left = total - whole.reduce((all, part) => all + part, 0);
  for (const { index } of order) {
    if (left <= 0) break;
    whole[index] = (whole[index] ?? 0) + 1;
    left -= 1;
  }
  return whole;
}

/** `host1`, and in later rounds `host1-2`. */
function inRound(name: string, round: number): string {
  return round === 0 ? name : `${name}-${round + 1}`;
}

function repeatHosts(family: HostFamily, count: number): HostFamily {
  const pattern = family.hosts;
  const hosts = Array.from({ length: count }, (_, index): HostEntry => {
    const entry = pattern[index % pattern.length] as HostEntry;
    const round = Math.floor(index / pattern.length);
    if (round === 0) return entry;
    const name = inRound(entry.name, round);
    // migrations find their target by its URI
    return { ...entry, name, uri: `simulated://${name}/` };
  });
  return { ...family, hosts };
}

/**
 * What begins on a host begins on that of its round, where there is one. The others begin evenly on the hosts of their
 * family, so that it is the policies that are simulated, and not the first placement.
 */
function repeatInstances(
  { name: className, instances = [], place }: ComponentClass,
  count: number,
  hosts: readonly string[],
): readonly InstanceEntry[] {
  const known = new Set(hosts);
  let next = 0;
  return Array.from({ length: count }, (_, index): InstanceEntry => {
    const pattern = instances[index % Math.max(1, instances.length)];
    const round = Math.floor(index / Math.max(1, instances.length));
    const meant = pattern?.on === undefined ? undefined : inRound(pattern.on, round);
    const on = meant !== undefined && known.has(meant) ? meant : hosts[next++ % hosts.length];
    return {
      name: pattern ? inRound(pattern.name, round) : `${className}_${index + 1}`,
      ...(on === undefined ? {} : { on }),
      place: pattern?.place ?? place,
    };
  });
}
