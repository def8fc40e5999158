import type { Association, ComponentClass, DeploymentDiagram } from '../../core/model/deployment.js';
import { parseCardinality } from '../../core/model/quantity.js';

const place = { file: 'test.deployment.xml', line: 1, column: 1 };

export function componentClass(name: string, rest: Partial<ComponentClass> = {}): ComponentClass {
  const runsOn = rest.inside === undefined ? { hosts: 'servers' } : {};
  return { name, wrapper: name.toLowerCase(), attributes: {}, place, ...runsOn, ...rest };
}

export function association(
  name: string,
  from: string,
  fromCardinality: string,
  to: string,
  toCardinality: string,
): Association {
  return {
    name,
    from,
    fromCardinality: parseCardinality(fromCardinality),
    to,
    toCardinality: parseCardinality(toCardinality),
    place,
  };
}

/** A deployment as data, with two hosts unless told. */
export function deploymentOf(parts: Partial<DeploymentDiagram>): DeploymentDiagram {
  const host = (name: string) => ({ name, uri: `test:///${name}`, attributes: {}, place });
  return {
    name: 'test',
    file: '/test.deployment.xml',
    events: [],
    files: ['/test.deployment.xml'],
    hostFamilies: [{ name: 'servers', hypervisor: 'simulated', hosts: [host('host1'), host('host2')], place }],
    classes: [],
    associations: [],
    probes: [],
    constraints: [],
    diagrams: [],
    policies: [],
    ...parts,
  };
}

/** The Apache/Tomcat deployment of the examples. */
export function webDeployment(machines = 2): DeploymentDiagram {
  return deploymentOf({
    name: 'web',
    classes: [
      componentClass('Apache', { attributes: { port: '80' } }),
      componentClass('Machine', {
        wrapper: 'virtual-machine',
        initial: machines,
        attributes: { memory: '384 MiB', vcpus: '1' },
      }),
      componentClass('Tomcat', { inside: 'Machine', attributes: { port: '8080' } }),
    ],
    associations: [association('workers', 'Apache', '1', 'Tomcat', '1..*')],
  });
}
