import { readTextFile } from '../../../core/xml/index.js';

/** A vertex of a state machine to draw: `kind` of the pseudostate, `state` or `final`. */
export interface DrawnVertex {
  readonly id: string;
  readonly kind: 'initial' | 'fork' | 'join' | 'state' | 'final' | 'choice';
  readonly name?: string;
}

export interface DrawnMachine {
  readonly name: string;
  readonly comment?: string;
  readonly vertices: readonly DrawnVertex[];
  /** `a>b`. */
  readonly transitions: readonly string[];
}

/** A model as Papyrus would save it: one class Tomcat, one family, and state machines. */
export function eclipseModel(machines: readonly DrawnMachine[], classes = TOMCAT): string {
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<uml:Model xmlns:xmi="http://www.omg.org/spec/XMI/20131001" xmlns:uml="http://www.eclipse.org/uml2/5.0.0/UML" name="drawn">',
    `<packagedElement xmi:type="uml:Package" xmi:id="d" name="deployment">${classes}</packagedElement>`,
    `<packagedElement xmi:type="uml:Package" xmi:id="g" name="grid">${umlClass('Hosts', { nodefile: 'hosts.nodes' })}</packagedElement>`,
    ...machines.map(machine),
    '</uml:Model>',
  ].join('\n');
}

/** A class with attributes. */
export function umlClass(name: string, attributes: Readonly<Record<string, string>>): string {
  const inner = Object.entries(attributes).map(
    ([key, value]) =>
      `<ownedAttribute xmi:id="${name}.${key}" name="${key}"><defaultValue xmi:type="uml:LiteralString" value="${value}"/></ownedAttribute>`,
  );
  return `<packagedElement xmi:type="uml:Class" xmi:id="${name}" name="${name}">${inner.join('')}</packagedElement>`;
}

const TOMCAT = umlClass('Tomcat', { wrapper: 'tomcat' });

function machine({ name, comment, vertices, transitions }: DrawnMachine): string {
  const body = comment === undefined ? '' : `<ownedComment xmi:id="${name}.c"><body>${comment}</body></ownedComment>`;
  const subvertices = vertices.map(({ id, kind, name: text = '' }) => {
    const type = { state: 'State', final: 'FinalState' }[kind as string] ?? 'Pseudostate';
    const which = type === 'Pseudostate' && kind !== 'initial' ? ` kind="${kind}"` : '';
    return `<subvertex xmi:type="uml:${type}" xmi:id="${name}.${id}" name="${text}"${which}/>`;
  });
  const edges = transitions.map((transition, index) => {
    const [source = '', target = ''] = transition.split('>');
    return `<transition xmi:id="${name}.t${index}" source="${name}.${source}" target="${name}.${target}"/>`;
  });
  return `<packagedElement xmi:type="uml:StateMachine" xmi:id="${name}" name="${name}">${body}<region xmi:id="${name}.r">\n${[...subvertices, ...edges].join('\n')}\n</region></packagedElement>`;
}

/** Neighbours of a drawn model, by the end of their path. */
export function neighbours(files: Readonly<Record<string, string>>): (file: string) => string {
  return (file) => {
    const found = Object.keys(files).find((name) => file.endsWith(`/${name}`) || file === name);
    if (found === undefined) return readTextFile(file);
    return files[found] as string;
  };
}
