import { expect } from 'chai';
import { SystemClock } from '../../core/model/clock.js';
import type { DeploymentDiagram } from '../../core/model/deployment.js';
import { UndiciHttpClient } from '../../wrappers/http/undici-http-client.js';
import { LabInfrastructure } from '../../wrappers/lab/index.js';
import { GuestAgentExecutor } from '../../wrappers/language/executors/guest-agent.js';
import { LibvirtHypervisor } from '../../wrappers/libvirt/libvirt-hypervisor.js';

const place = { file: 'lab.test.ts', line: 1, column: 1 };

/** A lab of real parts, which drives no load. */
export function labInfrastructure(cpuLimit: number): LabInfrastructure {
  const clock = new SystemClock();
  return new LabInfrastructure({
    clock,
    http: new UndiciHttpClient(),
    load: { start: () => expect.fail('this test drives no load') },
    connect: ({ name, uri }) => LibvirtHypervisor.connect({ host: name, uri, unsafe: true, clock }),
    guestExecutor: (domain, host) => new GuestAgentExecutor(domain, host, domain, clock),
    cpuLimit,
  });
}

/** A deployment of hosts alone, whose VMs use the image `tomcat`. */
export function labDeployment(...hosts: readonly string[]): DeploymentDiagram {
  return {
    name: 'lab-test',
    file: '/lab.deployment.xml',
    events: [],
    files: ['/lab.deployment.xml'],
    hostFamilies: [
      {
        name: 'servers',
        hypervisor: 'libvirt',
        hosts: hosts.map((name) => ({ name, uri: '', attributes: {}, place })),
        place,
      },
    ],
    classes: [
      {
        name: 'Machine',
        wrapper: 'virtual-machine',
        hosts: 'servers',
        initial: 1,
        attributes: { image: 'tomcat' },
        place,
      },
    ],
    associations: [],
    probes: [],
    constraints: [],
    diagrams: [],
    policies: [],
  };
}
