import { AttituneError } from '../../model/errors.js';
import type { MigrationOutcome } from '../../model/migration.js';
import type { OperationCall } from '../../model/diagram.js';
import type { SystemRepresentation } from '../../model/system-representation.js';
import { rejectRoom } from '../../placement/rules.js';
import type { ClusterView } from '../planning/cluster-view.js';
import type { Gate } from '../control/gate.js';
import type { SessionControl } from '../control/session-control.js';
import type { Journal } from '../journal.js';
import type { CallContext } from './call-context.js';

/** A move that somebody else than a diagram decided: a host as a peer. */
export interface Relocation {
  readonly vm: string;
  readonly to: string;
  /** Who decided it: the component that is to be relieved by it. */
  readonly by: string;
  /** What it was, such as `overloaded`, since when, and why the move was chosen; for the journal and the report. */
  readonly role: string;
  readonly since: number;
  readonly why: string;
  readonly signal: AbortSignal;
}

export interface RelocationParts {
  readonly system: SystemRepresentation;
  readonly journal: Journal;
  readonly cluster: ClusterView;
  /** What bounds moves of peers; absent: nothing does. */
  readonly gate?: Gate;
  readonly call: (call: OperationCall, context: CallContext) => Promise<unknown>;
}

/**
 * Moves a VM because a peer decided so, as a diagram would: once no procedure touches it, by its wrapper's `migrate`, with
 * the decision in the journal. Rejects with `migration-refused` where
 * the host has no room, takes none, or a hard constraint of the deployment forbids it, else as the operation does.
 */
export async function relocate(parts: RelocationParts, relocation: Relocation): Promise<MigrationOutcome> {
  const { system, journal, cluster, gate, call } = parts;
  const { vm, to, by, role, since, why, signal } = relocation;
  const component = system.component(vm);
  const from = system.hostOf(component)?.name ?? '';
  forbid(system, cluster, vm, to);
  const control: SessionControl = { diagram: `peer ${by}`, mode: 'automatic', approveWithinMs: 0, own: false };
  const { verdict, because } = gate?.judge(control, [vm, from, to]) ?? { verdict: 'go', because: '' };
  const text = `${by} gives ${vm} to ${to}, because ${why}`;
  if (verdict !== 'go') {
    const outcome = verdict === 'wait' ? 'held' : 'recommended';
    journal.append('decision', by, `${text}; it is told only, because ${because}`, {
      data: { vm, from, to, by, role, gate: { outcome, because } },
    });
    throw new AttituneError('declined', `${vm} is not moved to ${to}: ${because}.`);
  }
  const { id } = journal.append('decision', by, text, { data: { vm, from, to, by, role } });
  const event = { id: 0, name: role, component: by, at: since, why };
  const context: CallContext = {
    ...{ session: `peer ${by}`, scope: { this: component }, cause: id, event, control },
  };
  const key = `peer/${by}/${id}`;
  const params = { to };
  return (await call({ invokeId: 'move', src: 'this.migrate', params, key, signal }, context)) as MigrationOutcome;
}

/** Throws `migration-refused` where the host takes no VMs, has no room, or a hard constraint speaks against it. */
function forbid(system: SystemRepresentation, view: ClusterView, name: string, to: string): void {
  const cluster = view.snapshot();
  const vm = cluster.vms.find((one) => one.name === name);
  const host = cluster.hosts.find((one) => one.name === to);
  const rejection = vm && host && rejectRoom(cluster, vm, host, system.deployment.constraints);
  if (rejection) throw new AttituneError('migration-refused', `${name} may not move to ${to}: ${rejection.detail}.`);
}
