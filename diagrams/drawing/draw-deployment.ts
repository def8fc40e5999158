import type { Edge, Graph, Node, Subgraph } from '@viz-js/viz';
import type { Association, ComponentClass, DeploymentDiagram, HostFamily } from '../../core/model/deployment.js';
import { formatCardinality } from '../../core/model/quantity.js';
import { layOut } from './graphviz.js';
import { boxLabel, escapeXml, lineLabel } from './rich-text.js';
import { dress, FONT } from './style.js';

/**
 * Draws a deployment diagram as an SVG that stands alone: host families with their hosts, in them the classes that run
 * on them (a class that others are inside, such as a VM, as a box around those), with wrapper, attributes and probes,
 * and the associations with their cardinalities. Groups carry `data-class`, `data-hosts` and `data-association`.
 */
export async function drawDeployment(deployment: DeploymentDiagram): Promise<string> {
  const svg = await layOut(new DeploymentGraph(deployment).graph());
  return dress(nameGroups(svg, deployment), escapeXml(deployment.name));
}

class DeploymentGraph {
  constructor(private readonly deployment: DeploymentDiagram) {}

  graph(): Graph {
    const { hostFamilies, classes, associations } = this.deployment;
    const families = new Set(hostFamilies.map(({ name }) => name));
    const names = new Set(classes.map(({ name }) => name));
    const homeless = classes.filter(({ hosts, inside }) => !families.has(hosts ?? '') && !names.has(inside ?? ''));
    const free = this.#boxes(homeless);
    return {
      directed: true,
      graphAttributes: {
        ...{ compound: true, rankdir: 'LR', bgcolor: 'transparent', pad: 0.2, nodesep: 0.4, ranksep: 1.1 },
        ...{ fontname: FONT, fontsize: 14 },
      },
      nodeAttributes: { fontname: FONT, fontsize: 14, shape: 'box', style: 'rounded,filled', margin: '0.1,0.06' },
      edgeAttributes: { fontname: FONT, fontsize: 12.5, arrowsize: 0.7, arrowhead: 'vee', labeldistance: 2 },
      nodes: free.nodes,
      subgraphs: [...hostFamilies.map((family, index) => this.#family(family, index)), ...free.subgraphs],
      edges: associations.map((association, index) => this.#association(association, index)),
    };
  }

  #family(family: HostFamily, index: number): Subgraph {
    const inside = this.#boxes(this.deployment.classes.filter(({ hosts }) => hosts === family.name));
    const lines = [...family.hosts.map(({ name, uri }) => `${name}  ${uri}`), ...this.#probeLines(family.name)];
    return {
      name: `cluster_hosts${index}`,
      graphAttributes: {
        ...{ id: `hosts${index}`, class: 'box compound hosts', style: 'rounded', labeljust: 'l', margin: 18 },
        label: boxLabel({ title: family.name, note: `hosts, ${family.hypervisor}`, lines }),
      },
      ...withSomething(inside, `nohosts${index}`),
    };
  }

  #boxes(classes: readonly ComponentClass[]): { nodes: Node[]; subgraphs: Subgraph[] } {
    const nodes: Node[] = [];
    const subgraphs: Subgraph[] = [];
    for (const component of classes) {
      const inner = this.#innerOf(component);
      const index = this.deployment.classes.indexOf(component);
      const attributes = { id: `class${index}`, label: this.#label(component) };
      if (inner.length === 0) {
        nodes.push({ name: `class${index}`, attributes: { ...attributes, class: 'box class' } });
      } else {
        const cluster = { class: 'box compound class', style: 'rounded', labeljust: 'l', margin: 16 };
        subgraphs.push({
          name: `cluster_class${index}`,
          graphAttributes: { ...attributes, ...cluster },
          ...this.#boxes(inner),
        });
      }
    }
    return { nodes, subgraphs };
  }

  #innerOf(component: ComponentClass): ComponentClass[] {
    return this.deployment.classes.filter(({ inside, name }) => inside === component.name && name !== component.name);
  }

  #label(component: ComponentClass) {
    const { name, wrapper, initial, attributes, inside } = component;
    const count = initial === undefined || (inside !== undefined && initial <= 1) ? '' : ` × ${initial}`;
    const lines = [...Object.entries(attributes).map(([key, value]) => `${key} = ${value}`), ...this.#probeLines(name)];
    return boxLabel({ title: `${name}${count}`, note: `«${wrapper}»`, lines });
  }

  #probeLines(of: string): string[] {
    return this.deployment.probes
      .filter((probe) => probe.of === of)
      .map(({ name, measure, everyMs, detectors }) => {
        const raised = detectors.map(({ type, raise }) => `${type} → ${raise}`).join(', ');
        return `probe ${name}: ${measure} every ${everyMs / 1000} s${raised ? `; ${raised}` : ''}`;
      });
  }

  #association({ name, from, to, fromCardinality, toCardinality }: Association, index: number): Edge {
    const tail = this.#end(from);
    const head = this.#end(to);
    return {
      tail: tail.name,
      head: head.name,
      attributes: {
        ...{ id: `association${index}`, class: 'line association', label: lineLabel([name]) },
        ...{
          taillabel: lineLabel([formatCardinality(fromCardinality)]),
          headlabel: lineLabel([formatCardinality(toCardinality)]),
        },
        ...(tail.cluster ? { ltail: tail.cluster } : {}),
        ...(head.cluster ? { lhead: head.cluster } : {}),
      },
    };
  }

  /** A class that is a box around others is met at its border, by an edge to the first of them. */
  #end(name: string): { name: string; cluster?: string } {
    const { classes } = this.deployment;
    const index = classes.findIndex((component) => component.name === name);
    let inner = classes[index];
    for (let next = inner; next; next = this.#innerOf(next)[0]) inner = next;
    const innerName = `class${inner ? classes.indexOf(inner) : index}`;
    return innerName === `class${index}` ? { name: innerName } : { name: innerName, cluster: `cluster_class${index}` };
  }
}

/** Graphviz draws no cluster without a node. */
function withSomething(inside: { nodes: Node[]; subgraphs: Subgraph[] }, name: string) {
  if (inside.nodes.length + inside.subgraphs.length > 0) return inside;
  return { ...inside, nodes: [{ name, attributes: { style: 'invis', label: '', width: 0.2, height: 0.1 } }] };
}

function nameGroups(svg: string, { classes, hostFamilies, associations }: DeploymentDiagram): string {
  const lists: Readonly<Record<string, readonly { readonly name: string }[]>> = {
    class: classes,
    hosts: hostFamilies,
    association: associations,
  };
  return svg.replace(/<g id="(class|hosts|association)(\d+)"/g, (_, kind: string, index: string) => {
    const name = escapeXml(lists[kind]?.[Number(index)]?.name ?? '');
    return `<g id="${kind}-${name}" data-${kind}="${name}"`;
  });
}
