import type { Assignment, HardRule } from '../problem.js';

/** Hosts that take no VMs: unreachable, in maintenance. */
export function acceptingRule({ problem }: Assignment): HardRule | undefined {
  const { accepting, cluster } = problem;
  if (!accepting.includes(0)) return undefined;
  return {
    text: 'hosts that take no VMs',
    rule: 'not-accepting',
    allows: (_vm, to) => accepting[to] === 1,
    why: (_vm, to) => {
      const host = cluster.hosts[to];
      return `${host?.name} takes no VMs now${host?.closed ? `: ${host.closed}` : ''}`;
    },
    moved: () => undefined,
  };
}

/** Hosts that are switched off take VMs only where the plan may wake them; those that change do not yet. */
export function poweredRule({ problem }: Assignment, wake: ReadonlySet<string>): HardRule | undefined {
  const { hosts } = problem.cluster;
  const closed = Uint8Array.from(hosts, ({ name, powered }) =>
    powered === 'changing' || (powered === 'off' && !wake.has(name)) ? 1 : 0,
  );
  if (!closed.includes(1)) return undefined;
  return {
    text: 'hosts that are off',
    rule: 'off',
    allows: (_vm, to) => closed[to] === 0,
    why: (_vm, to) => `${hosts[to]?.name} is ${hosts[to]?.powered === 'off' ? 'off' : 'being switched on or off'}`,
    moved: () => undefined,
  };
}

/** A guest that was started with a CPU model runs only where the hypervisor has that model. */
export function cpuModelRule({ problem }: Assignment): HardRule | undefined {
  const { hosts, vms } = problem.cluster;
  if (!hosts.some(({ cpuModels }) => cpuModels !== undefined)) return undefined;
  const concerns = new Set(vms.flatMap(({ cpuModel }, vm) => (cpuModel === undefined ? [] : [vm])));
  if (concerns.size === 0) return undefined;
  const models = hosts.map(({ cpuModels }) => (cpuModels === undefined ? undefined : new Set(cpuModels)));
  return {
    text: 'CPU models of hosts',
    rule: 'cpu-model',
    concerns,
    allows: (vm, to) => {
      const model = vms[vm]?.cpuModel;
      return model === undefined || models[to]?.has(model) !== false;
    },
    why: (vm, to) =>
      `${vms[vm]?.name} was started with the CPU model ${vms[vm]?.cpuModel}, which ${hosts[to]?.name} does not have`,
    moved: () => undefined,
  };
}
