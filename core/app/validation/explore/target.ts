import type { DeploymentDiagram, DiagramUse } from '../../../model/deployment.js';
import type { Diagram } from '../../../model/diagram.js';
import type { SystemRepresentation } from '../../../model/system-representation.js';
import type { Component } from '../../../model/component.js';

/** One procedure, and what starts it. */
export interface Target {
  readonly use: DiagramUse;
  /** The event, and the class or host family of its component; absent: its role in the deployment. */
  readonly event?: { readonly name: string; readonly of: string };
}

/** Every procedure of a deployment, each with every event that starts it and every kind of component that has it. */
export function targetsOf(deployment: DeploymentDiagram, diagrams: ReadonlyMap<string, Diagram>): Target[] {
  return deployment.diagrams.flatMap((use): Target[] => [
    ...(use.role === undefined ? [] : [{ use }]),
    ...use.on.flatMap((name) => subjectsOf(name, deployment, diagrams).map((of) => ({ use, event: { name, of } }))),
  ]);
}

/** The classes and host families whose components can have an event. */
function subjectsOf(
  name: string,
  deployment: DeploymentDiagram,
  diagrams: ReadonlyMap<string, Diagram>,
): readonly string[] {
  const probed = deployment.probes
    .filter(({ detectors }) => detectors.some(({ raise }) => raise === name))
    .map(({ of }) => of);
  const families = deployment.hostFamilies.map((family) => family.name);
  const raised = [...diagrams.values()].some(({ raises }) => raises.includes(name));
  const classes = deployment.classes.map((description) => description.name);
  return [
    ...new Set([
      ...probed,
      ...(name === 'host.unreachable' ? families : []),
      // which of them are VMs is known to the wrappers; others do not have the event and are passed over
      ...(name === 'vm.failed' ? classes : []),
      ...(raised ? [...classes, ...families] : []),
    ]),
  ];
}

/** The deployment with only the diagrams that are needed to get to a target, and nothing that watches. */
export function upTo({ use, event }: Target, deployment: DeploymentDiagram): DeploymentDiagram {
  const starts = deployment.diagrams.filter(({ role }) => role === 'start');
  const before = use.role === 'start' ? starts.slice(0, starts.indexOf(use)) : starts;
  const stops = deployment.diagrams.filter(({ role }) => role === 'stop');
  const stopsBefore = use.role === 'stop' ? stops.slice(0, stops.indexOf(use)) : [];
  const own: DiagramUse = event ? { ...use, on: [event.name] } : { ...use, on: [] };
  const diagrams = [...before, ...stopsBefore, own].map((other) => (other === own ? own : { ...other, on: [] }));
  return { ...deployment, diagrams, probes: [], policies: [] };
}

/**
 * The component that has the event: of those of a kind, which are alike, one that contains most. `undefined` where there
 * is none that could have it. What the event reports is made so.
 */
export function subjectOf(
  { name, of }: NonNullable<Target['event']>,
  system: SystemRepresentation,
): Component | undefined {
  const candidates = system.instances(of).filter(({ kind }) => name !== 'vm.failed' || kind === 'vm');
  const [subject] = candidates.toSorted((a, b) => b.content.size - a.content.size);
  if (subject && (name === 'vm.failed' || name === 'host.unreachable')) {
    subject.lifeCycle.enter('failed', `the event ${name} says so`);
    for (const inside of name === 'vm.failed' ? subject.content : [])
      if (inside.lifeCycle.state === 'started') inside.lifeCycle.enter('failed', `${subject.name} failed under it`);
  }
  return subject;
}
