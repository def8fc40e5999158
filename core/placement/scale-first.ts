import { startAssignment } from './assignment.js';
import { percent, type Cluster, type ClusterHost, type ClusterVm, type Plan, type Rejection } from './cluster.js';
import { compileProblem } from './compile-problem.js';
import { compileRules, limitsAfterReserves } from './constraints/index.js';
import { movableVms } from './stability/index.js';

/** What may be done for a VM whose software is strained, cheapest first. */
export const REMEDIES = ['scale', 'migrate'] as const;
export type Remedy = (typeof REMEDIES)[number];

export interface ScaleFirstOptions {
  readonly vm: string;
  /** What it is to have: at most its maximum. */
  readonly wanted: { readonly memoryMiB: number; readonly vcpus: number };
  readonly remedies: readonly Remedy[];
  /** Why it must not be scaled now, such as a cool-down. */
  readonly resting?: string;
  /** A VM that uses less of its virtual CPUs than this fraction is not short of them. */
  readonly busy: number;
  /** No host is brought to this fraction of its CPU. */
  readonly below: number;
  readonly coolDownMs: number;
  /** The target's CPU must end below the present host's by this fraction at least. */
  readonly minimumGain: number;
}

/**
 * What helps a VM whose software does not do as it should by its own readings (`strain`), although its host need not be
 * overloaded: more of what its host has left, or else a host that has more left. Gray-box, as Sandpiper has it (Wood et
 * al., NSDI 2007, section 5). Nothing is decided without a fresh reading of the software, of the VM and of the host.
 */
export function planScaleFirst(cluster: Cluster, options: ScaleFirstOptions): Plan {
  const goal = `ease ${options.vm}`;
  const vm = cluster.vms.find(({ name }) => name === options.vm);
  const host = cluster.hosts.find(({ name }) => name === vm?.host);
  const none = (answer: 'nothing-to-do' | 'infeasible', why: string, rejected: readonly Rejection[] = []): Plan => ({
    goal,
    answer,
    moves: [],
    rejected,
    why,
  });
  if (!vm || !host) return none('infeasible', `there is no VM ${options.vm} on any host`);
  if (vm.strain === undefined)
    return none('nothing-to-do', `no fresh reading of the software inside ${vm.name}, so nothing is done`);
  const strained = `the software inside ${vm.name} is at ${percent(vm.strain)} of its objective`;
  if (vm.strain < 1) return none('nothing-to-do', strained);
  if (host.cpuUsed === undefined || vm.cpuUsed === undefined) {
    const detail = `no fresh CPU reading of ${host.cpuUsed === undefined ? host.name : vm.name}`;
    return none('infeasible', detail, [{ vm: vm.name, rule: 'no-fresh-reading', detail }]);
  }
  if (options.remedies.length === 0) return none('infeasible', strained);
  const rejected: Rejection[] = [];
  if (options.remedies.includes('scale')) {
    const refused = whyNotScaled(cluster, vm, host, options);
    if (!refused) {
      const { memoryMiB, vcpus } = options.wanted;
      const size = { memory: `${memoryMiB} MiB`, vcpus: String(vcpus) };
      const why = `${strained}, and ${host.name} has room for ${told(vm, options)}`;
      return { goal, answer: 'scale', moves: [], rejected, component: vm.name, ...size, why };
    }
    rejected.push({ vm: vm.name, to: host.name, ...refused });
  }
  if (options.remedies.includes('migrate')) {
    const found = roomiest(cluster, vm, host, options, rejected);
    if (found) {
      const why = `${strained}; ${found.why}`;
      return { goal, answer: 'move', moves: [{ ...found, why, step: 0 }], rejected, why };
    }
  }
  return none('infeasible', [strained, ...rejected.map(({ detail }) => detail)].join('; '), rejected);
}

function whyNotScaled(
  cluster: Cluster,
  vm: ClusterVm,
  host: ClusterHost,
  { wanted, busy, below, resting }: ScaleFirstOptions,
): Pick<Rejection, 'rule' | 'detail'> | undefined {
  const more = { memory: wanted.memoryMiB - vm.memoryMiB, vcpus: wanted.vcpus - vm.vcpus };
  if (resting !== undefined) return { rule: 'cool-down', detail: `${vm.name}: ${resting}` };
  if (more.memory <= 0 && more.vcpus <= 0)
    return { rule: 'no-gain', detail: `${vm.name} has ${vm.memoryMiB} MiB and ${vm.vcpus} virtual CPUs, its maximum` };
  const use = (vm.cpuUsed ?? 0) / vm.vcpus;
  if (more.memory <= 0 && use < busy)
    return { rule: 'no-gain', detail: `${vm.name} uses ${percent(use)} of its virtual CPUs, and is not short of them` };
  const limits = limitsAfterReserves(cluster, host, below);
  const here = cluster.vms.filter(({ host: on }) => on === host.name);
  const free = limits.memoryMiB - here.reduce((sum, { memoryMiB }) => sum + memoryMiB, 0);
  if (more.memory > free)
    return {
      rule: 'memory',
      detail: `${vm.name} would need ${more.memory} MiB more, and ${host.name} has ${Math.floor(free)} MiB free`,
    };
  if (host.cpus !== undefined && wanted.vcpus > host.cpus)
    return { rule: 'cpus', detail: `${host.name} has ${host.cpus} CPUs, and ${vm.name} is to have ${wanted.vcpus}` };
  const promised = here.reduce((sum, { vcpus }) => sum + vcpus, 0) + more.vcpus;
  if (promised > limits.vcpus)
    return {
      rule: 'cpus',
      detail: `${host.name} would promise ${promised} virtual CPUs, the limit is ${limits.vcpus}`,
    };
  // what it gets more it is taken to use as it uses what it has
  const reached = (host.cpuUsed ?? 0) + Math.max(0, more.vcpus) * use;
  if (reached < limits.cpu) return undefined;
  const detail = `${host.name} would reach ${percent(reached / host.cpuCapacity)}, the limit is ${percent(limits.cpu / host.cpuCapacity)}`;
  return { rule: 'would-overload', detail };
}

function roomiest(
  cluster: Cluster,
  vm: ClusterVm,
  host: ClusterHost,
  { below, coolDownMs, minimumGain }: ScaleFirstOptions,
  rejected: Rejection[],
) {
  const stays = movableVms(cluster, { coolDownMs }).rejected.find((one) => one.vm === vm.name);
  if (stays) {
    rejected.push(stays);
    return undefined;
  }
  const problem = compileProblem(cluster, { below });
  const assignment = startAssignment(problem);
  const rules = compileRules(problem, assignment);
  const index = problem.vmIndex.get(vm.name) ?? -1;
  const now = (host.cpuUsed ?? 0) / host.cpuCapacity;
  let best: { readonly name: string; readonly after: number } | undefined;
  cluster.hosts.forEach(({ name, cpuCapacity }, to) => {
    if (name === host.name) return;
    const broken = rules.find((rule) => rule.concerns?.has(index) !== false && !rule.allows(index, to));
    const after = ((assignment.cpuOn[to] ?? 0) + (vm.cpuUsed ?? 0)) / cpuCapacity;
    if (broken) rejected.push({ vm: vm.name, to: name, rule: broken.rule, detail: broken.why(index, to) });
    else if (now - after < minimumGain) {
      const detail = `${name} would be at ${percent(after)}, and ${host.name} is at ${percent(now)}: that is not enough of a difference`;
      rejected.push({ vm: vm.name, to: name, rule: 'no-gain', detail });
    } else if (!best || after < best.after) best = { name, after };
  });
  if (!best) return undefined;
  const why = `${host.name} is at ${percent(now)}, and ${best.name} comes to about ${percent(best.after)} with it`;
  return { vm: vm.name, from: host.name, to: best.name, gain: now - best.after, why };
}

function told(vm: ClusterVm, { wanted }: ScaleFirstOptions): string {
  const parts = [
    ...(wanted.vcpus > vm.vcpus ? [`${wanted.vcpus} virtual CPUs instead of ${vm.vcpus}`] : []),
    ...(wanted.memoryMiB > vm.memoryMiB ? [`${wanted.memoryMiB} MiB instead of ${vm.memoryMiB}`] : []),
  ];
  return parts.join(' and ');
}
