import type { HostAccess } from '../../model/infrastructure.js';
import type { Probe } from '../../model/probe.js';

/** Where a component is, for the choice of who measures it. */
export interface Whereabouts {
  readonly host: Pick<HostAccess, 'local' | 'agent' | 'usage' | 'cgroup'>;
  /** The domain that it is or is inside. */
  readonly domain: string | undefined;
}

/**
 * The agent that measures something of a component, or `undefined` for the manager itself. The first row that fits:
 *
 * | Measure                                      | Component                             | Measured by             |
 * | -------------------------------------------- | ------------------------------------- | ----------------------- |
 * | central: what is reached from the manager    | any                                   | the manager             |
 * | metered: `cpu`, `memory`                     | a VM, or inside one                   | the manager: hypervisor |
 * | any other                                    | a VM, or inside one, with an agent    | the agent inside the VM |
 * | any other                                    | a VM, or inside one, without          | the manager             |
 * | any                                          | on this machine, or without an agent  | the manager             |
 * | metered                                      | a host that has a meter               | the manager: the meter  |
 * | any other                                    | a host, or on one                     | the host's agent        |
 */
export function measuredBy(
  { central, metered }: Pick<Probe, 'central' | 'metered'>,
  { host, domain }: Whereabouts,
  isAgent: (name: string) => boolean,
): string | undefined {
  if (central === true) return undefined;
  if (domain !== undefined) return metered !== true && isAgent(domain) ? domain : undefined;
  if (host.local || (metered === true && (host.usage ?? host.cgroup))) return undefined;
  return host.agent;
}
