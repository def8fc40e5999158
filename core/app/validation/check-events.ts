import { BUILT_IN_EVENTS, OUTSIDE_EVENTS } from '../../loop/built-in-events.js';
import type { DeploymentDiagram } from '../../model/deployment.js';
import type { Diagram } from '../../model/diagram.js';
import { AttituneError } from '../../model/errors.js';
import { suggest } from '../../xml/index.js';

export { BUILT_IN_EVENTS, OUTSIDE_EVENTS };

/** Every event of the system: of its detectors, its diagrams, from outside, and of the manager itself. */
export function raisedEvents(
  { probes, events }: DeploymentDiagram,
  diagrams: ReadonlyMap<string, Diagram>,
): ReadonlySet<string> {
  const detected = probes.flatMap(({ detectors }) => detectors.map(({ raise }) => raise));
  const outside = events.map(({ name }) => name);
  const raised = [...diagrams.values()].flatMap(({ raises }) => raises);
  return new Set([...BUILT_IN_EVENTS, ...detected, ...outside, ...raised]);
}

/** Events that start a diagram and that nothing raises, and events of detectors that nothing hears. */
export function checkEvents(
  deployment: DeploymentDiagram,
  diagrams: ReadonlyMap<string, Diagram>,
  raised: ReadonlySet<string>,
): AttituneError[] {
  const unraised = deployment.diagrams.flatMap(({ on, place }) =>
    on
      .filter((name) => !raised.has(name) && !name.startsWith(OUTSIDE_EVENTS))
      .map((name) => {
        const message = `nothing raises the event "${name}".${suggest(name, raised)} If it comes from outside, say so: <event name="${name}"/>.`;
        return new AttituneError('unknown-event', message, { place });
      }),
  );
  return [...unraised, ...unheard(deployment, diagrams)];
}

function unheard(deployment: DeploymentDiagram, diagrams: ReadonlyMap<string, Diagram>): AttituneError[] {
  const { policies } = deployment;
  const started = deployment.diagrams.flatMap(({ on }) => on);
  // a deployment that reacts to nothing only watches: its events are for people
  if (started.length === 0 && policies.length === 0) return [];
  const heard = policies.flatMap(({ file }) => diagrams.get(file)?.hears ?? []);
  const isHeard = (name: string) =>
    started.includes(name) ||
    heard.some((descriptor) => descriptor === '*' || descriptor === name || name.startsWith(`${descriptor}.`));
  return deployment.probes.flatMap(({ detectors }) =>
    detectors
      .filter(({ raise }) => !isHeard(raise))
      .map(({ raise, place }) => {
        const message = `no diagram and no policy hears the event "${raise}".${suggest(raise, [...started, ...heard])}`;
        return new AttituneError('unknown-event', message, { place });
      }),
  );
}
