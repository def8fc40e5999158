import type { Reading } from '../../model/administration.js';
import type { DeploymentDiagram, ProbeUse } from '../../model/deployment.js';
import type { Infrastructure } from '../../model/infrastructure.js';
import type { AgentStatus } from '../../model/manager-status.js';
import type { ProbeAssignment } from '../../model/messages.js';
import type { ProbeTarget } from '../../model/probe.js';
import type { Journal } from '../journal.js';
import type { Guardian } from '../monitoring/guardian.js';
import type { AgentDirectory } from './agent-directory.js';
import type { AgentWatchSettings } from './agent-watch.js';
import { Agents } from './agents.js';
import { RemoteProbes } from './remote-probes.js';

/**
 * The manager's side of agents: their heartbeats (`agent-watch.ts` judges them, `agents.ts` hears them), the probes that
 * they run for the manager (`remote-probes.ts`; `measured-by.ts` says which), and what was refused (`refusals.ts`). What
 * follows for hosts is the guardian's.
 */
export { AgentDirectory, AGENT_ROLE, type KnownAgent } from './agent-directory.js';
export { agentStatus } from './agent-status.js';
export { measuredBy } from './measured-by.js';
export type { AgentWatchSettings } from './agent-watch.js';

export interface ManagerAgentsParts {
  readonly directory: AgentDirectory;
  /** Those of its hosts that have an agent are watched. */
  readonly infrastructure: Infrastructure;
  readonly deployment: DeploymentDiagram;
  readonly journal: Journal;
  readonly guardian: Guardian;
  readonly targets: (use: ProbeUse) => readonly ProbeTarget[];
  readonly onReading: (from: string, reading: Reading, at: number) => void;
  readonly settings?: Partial<AgentWatchSettings> | undefined;
}

/** Everything that a manager on a bus does about agents, from when its hosts are known until it is taken down. */
export class ManagerAgents {
  #agents: Agents | undefined;
  readonly #probes: RemoteProbes;

  constructor(private readonly parts: ManagerAgentsParts) {
    const { directory, infrastructure, journal, onReading } = parts;
    const { clock } = infrastructure;
    this.#probes = new RemoteProbes({ directory, clock, journal, wanted: () => this.#wanted(), onReading });
  }

  /** The hosts are there: from now on their agents are watched. */
  start(): void {
    const { directory, infrastructure, journal, guardian, settings } = this.parts;
    const { clock } = infrastructure;
    const names = infrastructure.hosts().flatMap(({ agent }) => (agent === undefined ? [] : [agent]));
    this.#agents = new Agents({
      directory,
      clock,
      journal,
      hosts: names,
      onFailed: (host, why) => guardian.agentLost(host, why),
      onHeard: (host) => void guardian.agentBack(host),
      ...(settings ? { settings } : {}),
    });
    this.#agents.start();
    this.#probes.start();
  }

  /** The representation has changed. */
  changed(): void {
    this.#probes.changed();
  }

  /** Stops to judge; the agents no longer measure for this manager. */
  async stop(): Promise<void> {
    this.#agents?.stop();
    await this.#probes.withdraw();
  }

  status(): readonly AgentStatus[] {
    return this.#agents?.status() ?? [];
  }
  refused(): Readonly<Record<string, number>> {
    return this.#agents?.refused() ?? {};
  }

  #wanted(): ReadonlyMap<string, readonly ProbeAssignment[]> {
    const wanted = new Map<string, ProbeAssignment[]>();
    for (const use of this.parts.deployment.probes)
      for (const { component, agent, domain } of this.parts.targets(use)) {
        const name = agent?.();
        if (name === undefined) continue;
        const inside = domain();
        const assignment: ProbeAssignment = {
          probe: use.name,
          measure: use.measure,
          component: component.name,
          // for an agent inside it, it is the machine
          ...(inside === undefined || inside === name ? {} : { domain: inside }),
          everyMs: use.everyMs,
          parameters: use.parameters,
          attributes: Object.fromEntries(component.attributes),
        };
        wanted.set(name, [...(wanted.get(name) ?? []), assignment]);
      }
    return wanted;
  }
}
