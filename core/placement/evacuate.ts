import { byMemory, percent, type Cluster, type ClusterHost, type Plan, type Rejection } from './cluster.js';
import { rejectTarget, rejectVm, type MoveLimits } from './rules.js';

export interface EvacuateOptions extends MoveLimits {
  /** The host that is to be emptied. */
  readonly host: string;
  /** VMs that are left where they are, such as after a migration that failed. */
  readonly except?: readonly string[];
}

/**
 * Empties one host by one move: its largest VM that can be moved, to the host that it leaves most room on. `left` names
 * all that is still there, software on the host itself included, which cannot be moved live.
 */
export function planEvacuation(cluster: Cluster, options: EvacuateOptions): Plan {
  const goal = `evacuate ${options.host}`;
  const here = cluster.hosts.find(({ name }) => name === options.host);
  const vms = cluster.vms.filter((vm) => vm.host === options.host && vm.running).sort(byMemory);
  const software = here?.software ?? [];
  const left = [...vms.map(({ name }) => name), ...software];
  const rejected: Rejection[] = software.map((name) => ({
    vm: name,
    rule: 'software',
    detail: `${name} runs on ${options.host} itself and cannot be moved live`,
  }));
  if (vms.length === 0) {
    const why = [`no VM runs on ${options.host} any more`, ...rejected.map(({ detail }) => detail)].join('; ');
    return { goal, answer: 'nothing-to-do', moves: [], rejected, left, why };
  }
  for (const vm of vms) {
    const unmovable = rejectVm(cluster, vm, options) ?? excepted(vm.name, options);
    if (unmovable) {
      rejected.push(unmovable);
      continue;
    }
    const share = ({ cpuUsed, cpuCapacity }: ClusterHost) => ((cpuUsed ?? 0) + (vm.cpuUsed ?? 0)) / cpuCapacity;
    let best: ClusterHost | undefined;
    for (const target of cluster.hosts.filter(({ name }) => name !== options.host)) {
      const refused = rejectTarget(cluster, vm, target, options);
      if (refused) rejected.push(refused);
      else if (!best || share(target) < share(best)) best = target;
    }
    if (!best) continue;
    const gain = here ? (vm.cpuUsed ?? 0) / here.cpuCapacity : 0;
    const why = `${options.host} is to be emptied; ${best.name} goes to about ${percent(share(best))}`;
    return {
      goal,
      answer: 'move',
      moves: [{ vm: vm.name, from: vm.host, to: best.name, gain, why }],
      rejected,
      left,
      why,
    };
  }
  const why = rejected.map(({ detail }) => detail).join('; ');
  return { goal, answer: 'infeasible', moves: [], rejected, left, why };
}

function excepted(vm: string, { except }: EvacuateOptions): Rejection | undefined {
  if (except?.includes(vm) !== true) return undefined;
  return { vm, rule: 'excepted', detail: `${vm} is left where it is, as was asked for` };
}
