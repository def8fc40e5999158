import type { JournalEntry } from '../../model/administration.js';
import type { Component } from '../../model/component.js';
import type { DeploymentDiagram } from '../../model/deployment.js';
import type { Diagram, PendingOperation } from '../../model/diagram.js';
import { AttituneError } from '../../model/errors.js';
import { restoreSystem } from '../../model/restore-system.js';
import type { SessionRecord, Store, StoredSystem, SystemPhase } from '../../model/store.js';
import type { SystemRepresentation } from '../../model/system-representation.js';
import { deploymentHash } from './deployment-hash.js';
import type { Journal } from '../journal.js';
import { restoreScope, type StoredContext } from './kept-session.js';
import { fillVariables, parseOperation } from '../operations/operation-path.js';
import { reachable } from '../operations/scope.js';
import type { SessionRequest } from '../sessions/session-runner.js';
import { namesOf } from '../transaction/transaction.js';

/** What a former manager left of a deployment. */
export interface Left {
  readonly system: StoredSystem;
  readonly sessions: readonly SessionRecord[];
}

/**
 * What the store holds of a deployment; `undefined` where it is to be deployed. Throws `store` where the deployment is
 * another one by now than that which was deployed: then nothing is safe to be decided.
 */
export function findLeft(store: Store, deployment: DeploymentDiagram): Left | undefined {
  const system = store.system();
  if (!system) return undefined;
  if (system.deployment === deployment.name && system.deploymentHash === deploymentHash(deployment))
    return { system, sessions: store.sessions() };
  const since = new Date(system.at).toISOString();
  throw new AttituneError(
    'store',
    `${deployment.file} says something else than when ${system.deployment} was deployed (last seen ${since}), and what was deployed then is still there. ` +
      'Nothing was done. Bring the former files and --set values back and run it again, to go on or to take it down; or call with --fresh to forget it, which stops nothing.',
  );
}

/** Restores the representation, and tells what is being taken up. */
export function restore(system: SystemRepresentation, { system: stored, sessions }: Left, journal: Journal): void {
  restoreSystem(system, stored.system, stored.counters);
  const count = (number: number, what: string) => `${number} ${what}${number === 1 ? '' : 's'}`;
  const components = count(stored.system.components.filter(({ kind }) => kind !== 'host').length, 'component');
  const doing = { starting: 'it was starting', running: 'it was running', stopping: 'it was being taken down' };
  journal.append(
    'deployment',
    stored.deployment,
    `taking up ${stored.deployment} as the former manager left it ${new Date(stored.at).toISOString()}: ${doing[stored.phase]}, with ${components} and ${count(sessions.length, 'session')}`,
    { data: { phase: stored.phase, sessions: sessions.map(({ id }) => id) } },
  );
}

/** Entries that are looked through for what a cool-down must know. */
const RECENT = 5000;

/** Migrations of former managers, oldest first: what has just moved is not to move back at once. */
export function recentMigrations(journal: Journal): readonly JournalEntry[] {
  return [...journal.pages(Math.max(0, journal.lastId - RECENT))].flat().filter(({ kind }) => kind === 'migration');
}

/** On the way down everything is called off but what takes down, and what is being undone already. */
export function goesOn({ context }: SessionRecord, phase: SystemPhase): boolean {
  const { role, undo } = context as StoredContext;
  return phase !== 'stopping' || role === 'stop' || undo?.failure !== undefined;
}

/** A stored session as a request that takes it up. */
export function requestOf(stored: SessionRecord, diagram: Diagram): SessionRequest {
  const { event, cause, parameters, transactional, role, control } = stored.context as StoredContext;
  return {
    diagram,
    stored,
    ...(event ? { event } : {}),
    ...(cause === undefined ? {} : { cause }),
    ...(parameters ? { parameters } : {}),
    ...(transactional === undefined ? {} : { transactional }),
    ...(role ? { role } : {}),
    ...(control ? { control } : {}),
  };
}

/**
 * A component that was on its way from one state to another, and that no session goes on with, will never arrive: it
 * becomes `failed`. What a session was called off from when the manager died is such a one.
 */
export function failAbandoned(
  system: SystemRepresentation,
  sessions: readonly SessionRecord[],
  diagrams: ReadonlyMap<string, Diagram>,
  journal: Journal,
): void {
  const awaited = new Set<Component>();
  for (const record of sessions) {
    const diagram = diagrams.get(record.file);
    const { undo, scope, parameters } = record.context as StoredContext;
    // what is being undone is brought to its end by that
    if (undo?.failure)
      for (const name of undo.records.flatMap(namesOf)) if (system.has(name)) awaited.add(system.component(name));
    if (!diagram || undo?.failure || record.checkpoint?.diagramHash !== diagram.hash) continue;
    const names = restoreScope(scope, (name) => (system.has(name) ? system.component(name) : undefined));
    const variables = { ...diagram.constants, ...parameters };
    for (const operation of record.checkpoint.operations)
      for (const component of reached(operation, system, names, variables)) awaited.add(component);
  }
  for (const component of system.components) {
    const { state } = component.lifeCycle;
    if ((state !== 'starting' && state !== 'stopping') || awaited.has(component)) continue;
    const reason = `it was ${state} when the manager ended, and nothing goes on with that`;
    component.lifeCycle.enter('failed', reason);
    journal.append('trouble', component.name, `${component.name} is failed: ${reason}`, {
      data: { code: 'operation-cut-off' },
    });
  }
}

function reached(
  { src }: PendingOperation,
  system: SystemRepresentation,
  scope: Parameters<typeof reachable>[1],
  variables: Readonly<Record<string, string>>,
): readonly Component[] {
  try {
    const operation = parseOperation(fillVariables(src, variables));
    return operation.kind === 'call' ? reachable(system, scope, operation.path) : [];
  } catch {
    // what is called again will say so itself
    return [];
  }
}
