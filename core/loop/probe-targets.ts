import type { Component } from '../model/component.js';
import type { ProbeUse } from '../model/deployment.js';
import type { Infrastructure } from '../model/infrastructure.js';
import type { ProbeRegistry, ProbeTarget } from '../model/probe.js';
import type { SystemRepresentation } from '../model/system-representation.js';
import { measuredBy, type AgentDirectory } from './agents/index.js';
import { executorUnder, hostUnder } from './node-under.js';

export interface TargetsGround {
  readonly system: SystemRepresentation;
  readonly infrastructure: Infrastructure;
  readonly probes: ProbeRegistry;
  /** Absent: there is no bus, and the manager measures everything. */
  readonly agents?: AgentDirectory | undefined;
}

/** What a probe of the deployment measures now. Where each component is, and who measures it, is asked at each reading. */
export function probeTargets(
  { name, of, measure, parameters }: ProbeUse,
  { system, infrastructure, probes, agents }: TargetsGround,
): readonly ProbeTarget[] {
  const { clock, http } = infrastructure;
  const probe = probes.get(measure);
  return system
    .instances(of)
    .filter(isWatched)
    .map((component) => {
      const host = () => hostUnder(component, system, infrastructure);
      const domain = () => system.vmOf(component)?.name;
      const executor = () => executorUnder(component, system, infrastructure);
      const agent = () =>
        probe && agents
          ? measuredBy(probe, { host: host(), domain: domain() }, (member) => agents.isPresent(member))
          : undefined;
      return { probe: name, component, host, executor, domain, agent, parameters, clock, http };
    });
}

/** What is stopped or starting has no readings worth a decision. */
function isWatched(component: Component): boolean {
  return component.lifeCycle.state === 'started';
}
