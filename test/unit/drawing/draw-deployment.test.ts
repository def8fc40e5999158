import { expect } from 'chai';
import type { DeploymentDiagram } from '../../../core/model/deployment.js';
import { parseXml } from '../../../core/xml/index.js';
import { drawDeployment } from '../../../diagrams/drawing/index.js';

const place = { file: 'web.deployment.xml', line: 1, column: 1 };
const WEB: DeploymentDiagram = {
  name: 'web <1>',
  file: '/web.deployment.xml',
  events: [],
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
  constraints: [
    { type: 'spread', of: 'Machine', strength: 'soft', place },
    { type: 'pin', of: 'Apache', on: 'host1', strength: 'hard', place },
  ],
  diagrams: [
    { file: '/start.scxml', role: 'start', on: [], parameters: {}, place },
    { file: '/relieve.scxml', on: ['overloaded'], parameters: { below: '80 %' }, place },
  ],
  policies: [{ file: '/watch.scxml', for: 'Tomcat', mode: 'automatic', parameters: {}, place }],
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
      'data-probe="hostCpu"',
    ]) {
      expect(svg).to.contain(name);
    }
    for (const text of [
      'qemu+tls://host1/system',
      'port = 80',
      'Machine × 2',
      '{spread, soft}',
      '{pin on host1}',
      '«tomcat»',
      '1..*',
      '0..1',
      'cpu of servers every 1 s',
      'watchdog → overloaded',
    ]) {
      expect(svg).to.contain(text);
    }
    expect(svg).to.contain('banner = &lt;b&gt;&amp;');
  });

  it('shows what an event of a probe starts, start and stop, and policies', async () => {
    const svg = await drawDeployment(WEB);
    expect(svg).to.match(
      /id="reaction-0-1-overloaded" data-event="overloaded" data-from="hostCpu" data-to="relieve" class="line reaction dashed"/,
    );
    for (const text of ['diagram · start', 'below = 80 %', 'policy · automatic', 'one for each Tomcat'])
      expect(svg).to.contain(text);
  });

  it('is source text for Graphviz and for Mermaid', async () => {
    const dot = await drawDeployment(WEB, 'dot');
    expect(dot).to.match(/^digraph "web <1>" \{/);
    expect(dot).to.contain('subgraph "cluster_class-Machine"').and.contain('label="1..*"');
    const mermaid = await drawDeployment(WEB, 'mmd');
    expect(mermaid.split('\n')).to.include.members([
      'flowchart TB',
      '        class_Apache["Apache × 1 «apache»<br/>port = 80<br/>banner = #60;b#62;#38;#34;<br/>#123;pin on host1#125;"]',
      '    class_Apache -->|"workers (1 to 1..*)"| class_Tomcat',
      '    probe_hostCpu -.->|"overloaded"| diagram_1_relieve',
    ]);
  });
});
