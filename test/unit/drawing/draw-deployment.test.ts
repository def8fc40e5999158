import { expect } from 'chai';
import type { DeploymentDiagram } from '../../../core/model/deployment.js';
import { parseXml } from '../../../core/xml/index.js';
import { drawDeployment } from '../../../diagrams/drawing/index.js';

const place = { file: 'web.deployment.xml', line: 1, column: 1 };
const WEB: DeploymentDiagram = {
  name: 'web <1>',
  file: '/web.deployment.xml',
  files: ['/web.deployment.xml'],
  hostFamilies: [
    {
      name: 'servers',
      hypervisor: 'libvirt',
      hosts: [{ name: 'host1', uri: 'qemu+tls://host1/system', attributes: {}, place }],
      place,
    },
    { name: 'spare', hypervisor: 'libvirt', hosts: [], place },
  ],
  classes: [
    {
      name: 'Apache',
      wrapper: 'apache',
      hosts: 'servers',
      initial: 1,
      attributes: { port: '80', banner: '<b>&"' },
      place,
    },
    { name: 'Machine', wrapper: 'virtual-machine', hosts: 'servers', initial: 2, attributes: {}, place },
    { name: 'Tomcat', wrapper: 'tomcat', inside: 'Machine', initial: 1, attributes: {}, place },
  ],
  associations: [
    {
      ...{ name: 'workers', from: 'Apache', to: 'Tomcat', place },
      ...{ fromCardinality: { lower: 1, upper: 1 }, toCardinality: { lower: 1, upper: Infinity } },
    },
    {
      ...{ name: 'peer', from: 'Machine', to: 'Apache', place },
      ...{ fromCardinality: { lower: 0, upper: 1 }, toCardinality: { lower: 1, upper: 1 } },
    },
  ],
  probes: [
    {
      ...{ name: 'hostCpu', measure: 'cpu', of: 'servers', everyMs: 1000, parameters: {}, place },
      detectors: [{ type: 'watchdog', raise: 'overloaded', parameters: {}, place }],
    },
  ],
  constraints: [],
  diagrams: [],
  policies: [],
};

describe('drawing of deployment diagrams', () => {
  it('shows host families, classes, what is inside what, and associations with cardinalities', async () => {
    const svg = await drawDeployment(WEB);
    parseXml(svg, 'web.svg');
    for (const name of [
      'data-hosts="servers"',
      'data-hosts="spare"',
      'data-class="Apache"',
      'data-class="Machine"',
      'data-class="Tomcat"',
      'data-association="workers"',
      'data-association="peer"',
    ]) {
      expect(svg).to.contain(name);
    }
    for (const text of [
      'qemu+tls://host1/system',
      'port = 80',
      'Machine × 2',
      '«tomcat»',
      '1..*',
      '0..1',
      'probe hostCpu: cpu every 1 s; watchdog → overloaded',
    ]) {
      expect(svg.replace(/&#45;/g, '-').replace(/&#160;/g, ' ')).to.contain(text);
    }
    expect(svg).to.contain('banner = &lt;b&gt;&amp;');
  });
});
