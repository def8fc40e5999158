import type { DeploymentDiagram, DiagramUse } from '../../../model/deployment.js';
import type { Diagram } from '../../../model/diagram.js';
import type { SystemRepresentation } from '../../../model/system-representation.js';
import type { Component, ComponentKind } from '../../../model/component.js';

/** One procedure, and what starts it. */
export interface Target {
  readonly use: DiagramUse;
  /** The event, and the class or host family of its component; absent: its role in the deployment. */
  readonly event?: EventTarget;
}

export interface EventTarget {
  readonly name: string;
  readonly of: string;
  /** Which of the components that differ in what they contain, from 0 on. */
  readonly variant: number;
}

/** Every procedure of a deployment, each with every event that starts it and every kind of component that has it. */
export function targetsOf(deployment: DeploymentDiagram, diagrams: ReadonlyMap<string, Diagram>): Target[] {
  return deployment.diagrams.flatMap((use): Target[] => [
    ...(use.role === undefined ? [] : [{ use }]),
    ...use.on.flatMap((name) =>
      subjectsOf(name, deployment, diagrams).map((of) => ({ use, event: { name, of, variant: 0 } })),
    ),
  ]);
}

/** What the manager's own events are about, and whether it has failed then. */
const OWN_EVENTS: Readonly<Record<string, { readonly kind: ComponentKind; readonly failed: boolean }>> = {
  'vm.failed': { kind: 'vm', failed: true },
  'vm.doubled': { kind: 'vm', failed: true },
  'process.failed': { kind: 'software', failed: true },
  'host.unreachable': { kind: 'host', failed: true },
  'host.reachable': { kind: 'host', failed: false },
};

/** The classes and host families whose components can have an event; what is none of that kind is passed over later. */
function subjectsOf(
  name: string,
  deployment: DeploymentDiagram,
  diagrams: ReadonlyMap<string, Diagram>,
): readonly string[] {
  const probed = deployment.probes
    .filter(({ detectors }) => detectors.some(({ raise }) => raise === name))
    .map(({ of }) => of);
  const raised = [...diagrams.values()].some(({ raises }) => raises.includes(name));
  // what a diagram, a policy or somebody outside tells may be about anything
  const others = probed.length === 0 || raised || Object.hasOwn(OWN_EVENTS, name);
  const classes = deployment.classes.map((description) => description.name);
  const families = deployment.hostFamilies.map((family) => family.name);
  return [...new Set([...probed, ...(others ? [...classes, ...families] : [])])];
}

/**
 * The deployment with only the diagrams that are needed to get to a target, and nothing that watches. `started`: without
 * the start diagrams before it.
 */
export function upTo({ use, event }: Target, deployment: DeploymentDiagram, started: boolean): DeploymentDiagram {
  const starts = deployment.diagrams.filter(({ role }) => role === 'start');
  const all = use.role === 'start' && !event ? starts.slice(0, starts.indexOf(use)) : starts;
  const before = started ? [] : all;
  const stops = deployment.diagrams.filter(({ role }) => role === 'stop');
  const stopsBefore = use.role === 'stop' && !event ? stops.slice(0, stops.indexOf(use)) : [];
  const { role, ...unrolled } = use;
  const own: DiagramUse = event
    ? { ...unrolled, on: [event.name] }
    : { ...unrolled, ...(role ? { role } : {}), on: [] };
  const diagrams = [...before, ...stopsBefore, own].map((other) => (other === own ? own : { ...other, on: [] }));
  return { ...deployment, diagrams, probes: [], policies: [] };
}

/**
 * The component that has the event: of those of a kind, one for each that contains something else, for others are alike.
 * `undefined` where there is none (more). What the event reports is made so.
 */
export function subjectOf({ name, of, variant }: EventTarget, system: SystemRepresentation): Component | undefined {
  const own = Object.hasOwn(OWN_EVENTS, name) ? OWN_EVENTS[name] : undefined;
  const candidates = system.instances(of).filter(({ kind }) => own === undefined || kind === own.kind);
  const different = new Map(candidates.toReversed().map((candidate) => [contentOf(candidate), candidate]));
  const [subject] = [...different.values()].reverse().slice(variant);
  if (subject && own?.failed === true) {
    subject.lifeCycle.enter('failed', `the event ${name} says so`);
    for (const inside of own.kind === 'vm' ? subject.content : [])
      if (inside.lifeCycle.state === 'started') inside.lifeCycle.enter('failed', `${subject.name} failed under it`);
  }
  return subject;
}

/** What is on or in a component, by kind and state. */
function contentOf({ lifeCycle, content }: Component): string {
  const inside = [...content].map((child) => `${child.className} ${contentOf(child)}`).sort();
  return `${lifeCycle.state} [${inside.join(', ')}]`;
}
