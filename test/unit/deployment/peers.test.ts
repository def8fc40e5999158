import { expect } from 'chai';
import { parseDeployment } from '../../../diagrams/deployment/read-deployment.js';
import { SystemRepresentation } from '../../../core/model/system-representation.js';
import { instantiate } from '../../../core/model/wiring.js';
import { placeAll } from '../../../core/loop/planning/placing.js';
import type { Cluster } from '../../../core/placement/cluster.js';

const deployment = (inside: string) => {
  const text = `<deployment xmlns="urn:attitune:deployment:1" name="d">
    <hosts family="servers" hypervisor="libvirt">
      <host name="hp1" uri="qemu:///system"/><host name="hp2" uri="qemu:///system"/><host name="hp3" uri="qemu:///system"/>
    </hosts>${inside}</deployment>`;
  const { deployment, errors } = parseDeployment(text, '/somewhere/d.deployment.xml');
  if (!deployment) throw errors[0]!;
  return deployment;
};
const MACHINE = (attributes: string, inside: string) =>
  `<component class="Machine" wrapper="virtual-machine" hosts="servers" ${attributes}>
    <attribute name="memory" value="1 GiB"/>${inside}</component>`;

const placed = (inside: string, memoryMiB = 2048) => {
  const system = new SystemRepresentation(deployment(inside), () => true);
  instantiate(system);
  const hosts = ['hp1', 'hp2', 'hp3'].map((name) => ({ name, cpuCapacity: 1, memoryMiB, accepting: true }));
  const vms = system.components
    .filter(({ kind }) => kind === 'vm')
    .map(({ name, className }) => ({ name, className, host: '', vcpus: 1, memoryMiB: 1024, running: false }));
  placeAll(system, { at: 0, hosts, vms } satisfies Cluster);
  return Object.fromEntries(vms.map(({ name }) => [name, system.hostOf(system.component(name))?.name]));
};

describe('instances that a deployment names', () => {
  it('begin where it says; the others, which have numbers, find room beside them', () => {
    const inside = MACHINE('initial="5"', '<instance name="okvm1" on="hp1"/><instance name="okvm2" on="hp1"/>');
    expect(placed(inside)).to.deep.equal({
      okvm1: 'hp1',
      okvm2: 'hp1',
      Machine_1: 'hp2',
      Machine_2: 'hp2',
      Machine_3: 'hp3',
    });
  });

  it('take the room they need first, in whatever order the classes stand', () => {
    const free = MACHINE('', '').replace('Machine', 'Free');
    const inside = `${free}${MACHINE('', '<instance name="okvm1" on="hp1"/>')}`;
    expect(placed(inside, 1024)).to.deep.equal({ Free_1: 'hp2', okvm1: 'hp1' });
  });

  it('are as many as are named, unless told', () => {
    expect(Object.keys(placed(MACHINE('', '<instance name="a"/><instance name="b"/>')))).to.deep.equal(['a', 'b']);
  });

  it('are refused where their host has no room for them', () => {
    const inside = MACHINE('', '<instance name="a" on="hp2"/><instance name="b" on="hp2"/>');
    expect(() => placed(inside, 1536)).to.throw(/No host has room for b: hp2 has 512 MiB free/);
  });
});

describe('<peers> of a deployment', () => {
  it('give each host its policy, by name or by family', () => {
    const { peers } = deployment(`<peers every="30 s" choice="random" trading="true">
      <peer on="hp3" policy="leave.scxml" cell="a"><param name="below" value="1"/></peer>
      <peer on="hp1 hp2" policy="library:peer-balance"/></peers>`);
    expect(peers).to.include({ everyMs: 30_000, choice: 'random', trading: true, adapting: false });
    expect(peers?.peers.map(({ hosts, cell }) => ({ hosts, cell }))).to.deep.equal([
      { hosts: ['hp3'], cell: 'a' },
      { hosts: ['hp1', 'hp2'], cell: undefined },
    ]);
    expect(peers?.peers[0]).to.deep.include({ file: '/somewhere/leave.scxml', parameters: { below: '1' } });
    expect(peers?.peers[1]?.file).to.match(/diagrams\/library\/peer-balance\.scxml$/);
    expect(deployment(`<peers><peer on="servers" policy="x.scxml"/></peers>`).peers).to.deep.include({
      everyMs: 60_000,
      choice: 'simulated',
    });
    expect(deployment('').peers).to.equal(undefined);
  });
});
