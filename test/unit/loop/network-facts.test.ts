import { expect } from 'chai';
import { MemoryBus } from '../../../core/bus/memory-bus.js';
import { RecentReadings } from '../../../core/loop/monitoring/recent-readings.js';
import { NetworkView } from '../../../core/loop/planning/network-facts.js';
import { SystemRepresentation } from '../../../core/model/system-representation.js';
import { instantiate } from '../../../core/model/wiring.js';
import { trafficDistance } from '../../../core/placement/policies/traffic-distance.js';
import { parseDeployment } from '../../../diagrams/deployment/read-deployment.js';

const NOW = 1_000_000;

function world(
  association: string,
  distances = '<distances rack="1" site="2" otherwise="20"><distance between="lyon paris" value="12"/></distances>',
) {
  const text = `<deployment xmlns="urn:attitune:deployment:1" name="test">
  <hosts family="servers" hypervisor="libvirt">
    <host name="h1" uri="qemu:///system" site="lyon" rack="r1"/>
    <host name="h2" uri="qemu:///system" site="lyon" rack="r1"/>
    <host name="h3" uri="qemu:///system" site="lyon" rack="r2"/>
    <host name="h4" uri="qemu:///system" site="paris"/>
    <host name="h5" uri="qemu:///system"/>
  </hosts>
  <component class="FrontVm" wrapper="virtual-machine" hosts="servers"/>
  <component class="StoreVm" wrapper="virtual-machine" hosts="servers" initial="2"/>
  <component class="Front" wrapper="front" inside="FrontVm"/>
  <component class="Store" wrapper="store" inside="StoreVm"/>
  <association name="queries" from="Front" fromCardinality="1" to="Store" toCardinality="2" ${association}/>
  <probe name="netFlow" measure="push" of="Front" every="5 s"/>
  ${distances}
</deployment>`;
  const { deployment, errors } = parseDeployment(text, 'test.deployment.xml');
  if (!deployment) throw new AggregateError(errors, errors.map(String).join('\n'));
  const system = new SystemRepresentation(deployment, (wrapper) => wrapper === 'virtual-machine');
  instantiate(system);
  const place = (vm: string, host: string) => system.place(system.component(vm), system.component(host));
  place('FrontVm_1', 'h1');
  place('StoreVm_1', 'h2');
  place('StoreVm_2', 'h4');
  system.place(system.component('Front_1'), system.component('FrontVm_1'));
  system.place(system.component('Store_1'), system.component('StoreVm_1'));
  system.place(system.component('Store_2'), system.component('StoreVm_2'));
  const bus = new MemoryBus();
  const readings = new RecentReadings(bus);
  const reading = (value: number, at: number) =>
    bus.publish('reading', {
      ...{ probe: 'netFlow', measure: 'netFlow', component: 'Front_1', unit: 'Mbit/s', durationMs: 1 },
      ...{ value, at },
    });
  return { network: () => new NetworkView(system).at(readings, NOW), reading };
}

describe('the network as the planner sees it', () => {
  it('has distances of its own where only sites are told, and none without both', () => {
    const bare = world('traffic="10 Mbit/s"', '').network();
    // hosts have sites, which is enough
    expect(bare?.otherwise).to.equal(10);
    expect(trafficDistance({ at: NOW, hosts: [], vms: [] })).to.equal(undefined);
  });

  it('has distances by hosts, racks and sites', () => {
    const network = world('traffic="10 Mbit/s"').network();
    const told = Object.fromEntries(
      (network?.distances ?? []).map(({ between, distance }) => [between.join('-'), distance]),
    );
    expect(told).to.deep.equal({ 'h1-h2': 1, 'h1-h3': 2, 'h2-h3': 2, 'h1-h4': 12, 'h2-h4': 12, 'h3-h4': 12 });
    expect(network?.otherwise).to.equal(20);
  });

  it('has the traffic that links carry as told, between the VMs around', () => {
    const { traffic = [] } = world('traffic="10 Mbit/s"').network() ?? {};
    expect(traffic).to.have.length(2);
    for (const { between, mbitPerSecond } of traffic) {
      expect(between).to.include('FrontVm_1');
      expect(mbitPerSecond).to.be.closeTo(10, 1e-9);
    }
  });

  it('has what is measured instead, shared among the links, as long as it is fresh', () => {
    const { network, reading } = world('traffic="10 Mbit/s" trafficProbe="netFlow"');
    reading(80, NOW - 3000);
    expect(network()?.traffic.map(({ mbitPerSecond }) => mbitPerSecond)).to.deep.equal([40, 40]);
    const stale = world('trafficProbe="netFlow"');
    stale.reading(80, NOW - 60_000);
    expect(stale.network()?.traffic).to.deep.equal([]);
  });
});
