import type { Bus } from '../model/bus.js';
import type { DeploymentDiagram } from '../model/deployment.js';
import type { Diagram, DiagramEngine } from '../model/diagram.js';
import type { Infrastructure } from '../model/infrastructure.js';
import type { DetectorRegistry, ProbeRegistry } from '../model/probe.js';
import type { Store } from '../model/store.js';
import type { WrapperRegistry } from '../model/wrapper.js';
import type { AgentDirectory, AgentWatchSettings } from './agents/index.js';
import type { Watching } from './control/control.js';

/** What a manager is made of. */
export interface ManagerParts {
  readonly deployment: DeploymentDiagram;
  readonly infrastructure: Infrastructure;
  readonly wrappers: WrapperRegistry;
  readonly engine: DiagramEngine;
  /** Diagrams of the deployment that were read already, by file. */
  readonly diagrams: ReadonlyMap<string, Diagram>;
  readonly probes: ProbeRegistry;
  readonly detectors: DetectorRegistry;
  readonly bus: Bus;
  /** The agents of the bus that the manager is on; absent: it is on none. */
  readonly agents?: AgentDirectory;
  readonly agentWatch?: Partial<AgentWatchSettings>;
  /** Absent: it acts, as far as modes allow. */
  readonly watching?: Watching;
  /** Where journal, system and sessions are kept; absent: in memory, and nothing outlives the manager. */
  readonly store?: Store;
  /** How long the journal is kept; absent: for ever. */
  readonly keepJournalMs?: number;
}
