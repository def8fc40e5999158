import { basename, dirname, relative } from 'node:path';
import { asset } from '../../../core/assets/package-root.js';
import type { Association, ComponentClass, DeploymentDiagram, HostFamily } from '../../../core/model/deployment.js';
import { formatCardinality } from '../../../core/model/quantity.js';
import type { Item, Line, Link, Scene } from '../scene.js';
import { classLines, hostLines, parameterLines, probeTitle, detectorLine } from './deployment-text.js';

/**
 * A deployment as boxes: host families, in them the classes that run on them, in those the classes that run inside
 * them; associations between classes; probes, and dashed lines to the diagrams that their events start.
 */
export function deploymentScene(deployment: DeploymentDiagram): Scene {
  const { name, hostFamilies, classes, associations } = deployment;
  const items = new Map<string, Item>();
  const families = hostFamilies.map((family, index) =>
    familyItem(
      deployment,
      family,
      index,
      nest(deployment, (one) => one.hosts === family.name, items),
    ),
  );
  // a class whose family or container is unknown is drawn by itself
  const homeless = classes.filter((one) => !items.has(one.name)).map(({ name: missing }) => missing);
  const free = nest(deployment, (one) => homeless.includes(one.name) && !homeless.includes(one.inside ?? ''), items);
  const reactions = reactionsOf(deployment);
  return {
    name,
    description: describe(deployment),
    root: {
      ...{ key: 'root', shape: 'box', classes: '', attributes: {}, title: '', tooltip: '', lines: [] },
      children: [...families, ...free, ...reactions.items],
    },
    links: [
      ...associations.flatMap((association, index) => associationLink(association, index, items)),
      ...reactions.links,
    ],
  };
}

/** The items of the classes that match, each with those that run inside it. */
function nest(
  deployment: DeploymentDiagram,
  matches: (component: ComponentClass) => boolean,
  items: Map<string, Item>,
): Item[] {
  return deployment.classes
    .filter((component) => matches(component) && !items.has(component.name))
    .map((component) => {
      const inner = nest(deployment, ({ inside, name }) => inside === component.name && name !== inside, items);
      const item = classItem(deployment, component, inner);
      items.set(component.name, item);
      return item;
    });
}

function familyItem(deployment: DeploymentDiagram, family: HostFamily, index: number, children: readonly Item[]): Item {
  const { shown, all } = hostLines(deployment, family);
  return {
    ...{ key: `h${index}`, shape: 'box', classes: 'box compound hosts', children },
    attributes: { id: `hosts-${family.name}`, 'data-hosts': family.name },
    title: family.name,
    note: `hosts · ${family.hypervisor}`,
    tooltip: [family.name, ...all].join('\n'),
    lines: shown.map((text) => ({ text, muted: true })),
  };
}

function classItem(deployment: DeploymentDiagram, component: ComponentClass, children: readonly Item[]): Item {
  const { name, wrapper, initial, inside } = component;
  const count = initial === undefined || (inside !== undefined && initial === 1) ? '' : ` × ${initial}`;
  const own = deployment.associations.filter(({ from, to }) => from === name && to === name);
  const lines: Line[] = [
    ...classLines(deployment, component),
    ...own.map((association) => ({
      text: `${association.name} → ${name} (${formatCardinality(association.fromCardinality)} : ${formatCardinality(association.toCardinality)})`,
      group: {
        classes: 'association listed',
        attributes: associationAttributes(association),
        tooltip: sentence(association),
      },
    })),
  ];
  return {
    ...{ key: `c${deployment.classes.indexOf(component)}`, shape: 'box', children, lines },
    classes: children.length > 0 ? 'box compound class' : 'box class',
    attributes: { id: `class-${name}`, 'data-class': name },
    title: `${name}${count}`,
    note: `«${wrapper}»`,
    tooltip: [`${name}${count} «${wrapper}»`, ...lines.map(({ text }) => text)].join('\n'),
  };
}

function associationLink(association: Association, index: number, items: ReadonlyMap<string, Item>): Link[] {
  const [from, to] = [items.get(association.from), items.get(association.to)];
  if (!from || !to || from === to) return [];
  return [
    {
      ...{ key: `a${index}`, from, to: [to], label: [{ text: association.name }], classes: 'line association' },
      fromText: formatCardinality(association.fromCardinality),
      toText: formatCardinality(association.toCardinality),
      attributes: associationAttributes(association),
      tooltip: sentence(association),
    },
  ];
}

function associationAttributes({ name, from, to }: Association): Record<string, string> {
  return { id: `association-${from}-${name}`, 'data-association': name, 'data-from': from, 'data-to': to };
}

function sentence({ name, from, to, fromCardinality, toCardinality }: Association): string {
  return `${name}: ${formatCardinality(fromCardinality)} ${from} → ${formatCardinality(toCardinality)} ${to}`;
}

/** Probes, diagrams and policies, and which event of which probe starts what. */
function reactionsOf(deployment: DeploymentDiagram): { items: Item[]; links: Link[] } {
  const { probes, diagrams, policies } = deployment;
  const probeItems = probes.map((probe, index): Item => {
    const lines = [{ text: probeTitle(probe), muted: true }, ...probe.detectors.map(detectorLine)];
    return {
      ...{
        key: `p${index}`,
        shape: 'box',
        classes: 'box probe',
        children: [],
        lines,
        title: probe.name,
        note: 'probe',
      },
      attributes: { id: `probe-${probe.name}`, 'data-probe': probe.name },
      tooltip: [`probe ${probe.name}`, ...lines.map(({ text }) => text)].join('\n'),
    };
  });
  const diagramItems = diagrams.map((diagram, index): Item => {
    const name = nameOf(diagram.file);
    const lines = parameterLines(diagram.parameters);
    return {
      ...{ key: `d${index}`, shape: 'box', classes: 'box diagram', children: [], lines, title: name },
      note: diagram.role === undefined ? 'diagram' : `diagram · ${diagram.role}`,
      attributes: { id: `diagram-${index}-${name}`, 'data-diagram': name },
      tooltip: [
        sourceOf(diagram.file, deployment),
        ...diagram.on.map((event) => `on ${event}`),
        ...lines.map(({ text }) => text),
      ].join('\n'),
    };
  });
  const policyItems = policies.map((policy, index): Item => {
    const name = nameOf(policy.file);
    const whom = policy.for === undefined ? 'one for the system' : `one for each ${policy.for}`;
    const lines = [{ text: whom, muted: true }, ...parameterLines(policy.parameters)];
    return {
      ...{ key: `y${index}`, shape: 'box', classes: 'box policy', children: [], lines, title: name },
      note: `policy · ${policy.mode}`,
      attributes: { id: `policy-${index}-${name}`, 'data-policy': name },
      tooltip: [sourceOf(policy.file, deployment), ...lines.map(({ text }) => text)].join('\n'),
    };
  });
  const links = probes.flatMap((probe, index) =>
    [...new Set(probe.detectors.map(({ raise }) => raise))].flatMap((event) =>
      diagrams.flatMap(({ on }, number): Link[] => {
        const [from, to] = [probeItems[index], diagramItems[number]];
        if (!on.includes(event) || !from || !to) return [];
        return [
          {
            ...{ key: `r${index}_${number}_${event.replace(/\W/g, '_')}`, from, to: [to], label: [{ text: event }] },
            ...{ classes: 'line reaction', dashed: true, tooltip: `${probe.name} raises ${event}: ${to.title} runs` },
            attributes: {
              id: `reaction-${index}-${number}-${event}`,
              'data-event': event,
              'data-from': probe.name,
              'data-to': to.title,
            },
          },
        ];
      }),
    ),
  );
  return { items: [...probeItems, ...diagramItems, ...policyItems], links };
}

/** As a deployment names it: where it lies on this machine is nobody's business. */
function sourceOf(file: string, deployment: DeploymentDiagram): string {
  if (dirname(file) === asset('diagrams/library')) return `library:${nameOf(file)}`;
  return relative(dirname(deployment.file), file);
}

function nameOf(file: string): string {
  return basename(file).replace(/\.(scxml|diagram\.[jt]s)$/, '');
}

function describe({ name, hostFamilies, classes, associations }: DeploymentDiagram): string {
  const hosts = hostFamilies.map((family) => `${family.name} with ${family.hosts.length} hosts`);
  const placed = classes.map(
    (one) => `${one.name} (${one.wrapper}) ${one.inside === undefined ? `on ${one.hosts}` : `inside ${one.inside}`}`,
  );
  return `Deployment ${name}: ${[...hosts, ...placed, ...associations.map(sentence)].join('; ')}.`;
}
