import type { DeploymentDiagram } from '../../model/deployment.js';
import type { Diagram } from '../../model/diagram.js';
import type { WrapperRegistry } from '../../model/wrapper.js';
import { BUILT_IN_OPERATIONS } from '../../loop/operations/built-in.js';
import { GOALS } from '../../loop/planning/planner.js';
import type { ClassFacts, SystemFacts } from '../../../diagrams/machine/index.js';
import { BUILT_IN_EVENTS } from '../validation/check-system.js';

/** Operations that every component has. */
const BUILT_IN = Object.keys(BUILT_IN_OPERATIONS);

/** What TypeScript diagrams can know of a deployment. */
export function systemFacts(
  deployment: DeploymentDiagram,
  wrappers: WrapperRegistry,
  diagrams: readonly Diagram[],
): SystemFacts {
  const classes = deployment.classes.map((description): ClassFacts => {
    const wrapper = wrappers.get(description.wrapper);
    return {
      name: description.name,
      kind: 'class',
      operations: [...new Set([...(wrapper?.operations.keys() ?? []), ...BUILT_IN])],
      attributes: [
        ...new Set([...(wrapper?.attributes ?? []).map(({ name }) => name), ...Object.keys(description.attributes)]),
      ],
      steps: stepsFrom(description.name, deployment),
    };
  });
  const families = deployment.hostFamilies.map(({ name, hosts }): ClassFacts => ({
    name,
    kind: 'hosts',
    operations: BUILT_IN,
    attributes: [...new Set(hosts.flatMap(({ attributes }) => Object.keys(attributes)))],
    steps: stepsFrom(name, deployment),
  }));
  const raised = deployment.probes.flatMap(({ detectors }) => detectors.map(({ raise }) => raise));
  return {
    name: deployment.name,
    source: deployment.file.split('/').at(-1) ?? deployment.file,
    classes: [...classes, ...families],
    events: [
      ...new Set([
        ...raised,
        ...deployment.events.map(({ name }) => name),
        ...diagrams.flatMap(({ raises }) => raises),
        ...BUILT_IN_EVENTS,
      ]),
    ],
    goals: Object.keys(GOALS),
  };
}

/** Associations either way, what is inside, what it is inside of, `node`, and the relations `inside`, `whole` and `clients`. */
function stepsFrom(name: string, { associations, classes }: DeploymentDiagram): ReadonlyMap<string, readonly string[]> {
  const steps = new Map<string, readonly string[]>();
  const add = (step: string, reached: string) => steps.set(step, [...new Set([...(steps.get(step) ?? []), reached])]);
  for (const { name: alias, from, to } of associations) {
    if (from === name) for (const step of [alias, to]) add(step, to);
    if (to === name) for (const step of [alias, from]) add(step, from);
  }
  for (const { name: inner, inside, hosts } of classes) {
    if (inside === name || hosts === name) add(inner, inner);
    const around = inner === name ? (inside ?? hosts) : undefined;
    if (around !== undefined) for (const step of ['node', around]) add(step, around);
  }
  const inside = insideOf(name, classes);
  const clients = associations.filter(({ to }) => to === name || inside.includes(to)).map(({ from }) => from);
  const relations = { inside, whole: [name, ...inside], clients: [...new Set(clients)] };
  // a name of the deployment wins over a relation
  for (const [relation, reached] of Object.entries(relations)) {
    if (reached.length > 0 && !steps.has(relation)) steps.set(relation, reached);
  }
  return steps;
}

/** The classes of what can be on a host or inside a component, at any depth. */
function insideOf(name: string, classes: DeploymentDiagram['classes']): readonly string[] {
  const direct = classes.filter(({ inside, hosts }) => inside === name || hosts === name);
  return [...new Set(direct.flatMap((inner) => [inner.name, ...insideOf(inner.name, classes)]))];
}
