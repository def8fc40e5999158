import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { asset } from '../../../../core/assets/package-root.js';
import { formatError } from '../../../../core/model/errors.js';
import { readGaneti } from '../../../../core/placement/ganeti/index.js';
import type { Cluster } from '../../../../core/placement/cluster.js';

const fixture = (name: string) => ({ text: readFileSync(asset(`test/fixtures/ganeti/${name}`), 'utf8'), file: name });

function rack(loads = true): Cluster {
  const { cluster, errors } = readGaneti(fixture('rack.data'), loads ? fixture('rack.util') : undefined, 7);
  if (!cluster) throw new AggregateError(errors, errors.map(formatError).join('\n'));
  return cluster;
}

const vm = (cluster: Cluster, name: string) => cluster.vms.find((one) => one.name === name);
const host = (cluster: Cluster, name: string) => cluster.hosts.find((one) => one.name === name);

describe('Clusters of Ganeti: reading', () => {
  it('makes hosts of nodes, with what their instances use', () => {
    const cluster = rack();
    expect(cluster.at).to.equal(7);
    expect(host(cluster, 'node1')).to.deep.equal({
      name: 'node1',
      family: 'rack1',
      cpuCapacity: 8,
      cpus: 8,
      cpuUsed: 5.25,
      memoryMiB: 32768,
      memoryReservedMiB: 1025,
      overcommit: { vcpus: 3.875 },
      accepting: true,
    });
  });

  it('makes VMs of instances, with their loads; what is down needs no memory', () => {
    const cluster = rack();
    expect(vm(cluster, 'web1')).to.deep.equal({
      name: 'web1',
      host: 'node1',
      className: 'instance',
      groups: ['app:web'],
      cpuUsed: 1.5,
      memoryLoad: 0.1,
      diskLoad: 0.2,
      networkLoad: 0.3,
      vcpus: 2,
      memoryMiB: 4096,
      running: true,
    });
    expect(vm(cluster, 'batch1')).to.include({ running: false, memoryMiB: 0, vcpus: 1 });
  });

  it('counts an instance without a load as one of each, as hbal does', () => {
    expect(vm(rack(false), 'web1')).to.include({ cpuUsed: 1, memoryLoad: 1, diskLoad: 1, networkLoad: 1 });
    expect(host(rack(), 'node2')?.cpuUsed).to.equal(0.5 + 1);
    expect(vm(rack(), 'batch1')).not.to.have.property('cpuUsed');
  });

  it('takes no VMs to nodes that are offline or tell nothing', () => {
    const cluster = rack();
    for (const name of ['node4', 'node6'])
      expect(host(cluster, name)).to.include({ accepting: false, closed: 'it is offline' });
    expect(host(cluster, 'node4')).to.include({ memoryMiB: 1, cpuCapacity: 1 });
  });

  it('spreads instances with an exclusion tag, at the place of the cluster tag', () => {
    const spread = rack().constraints?.filter(({ type }) => type === 'spread');
    expect(spread).to.deep.equal([
      { type: 'spread', of: 'app:web', strength: 'hard', place: { file: 'rack.data', line: 18, column: 1 } },
    ]);
  });

  it('keeps instances within their group, and those with DRBD on their two nodes', () => {
    const pins = rack().constraints?.filter(({ type }) => type === 'pin');
    expect(pins?.map(({ of, on }) => `${of}: ${on}`)).to.deep.equal([
      'web1: node1 node2 node3 node4',
      'web2: node1 node2 node3 node4',
      'db1: node1 node2',
      'cache1: node1 node2 node3 node4',
      'mail1: node5 node6',
    ]);
    expect(pins?.[2]?.place).to.deep.equal({ file: 'rack.data', line: 13, column: 34 });
  });

  it('locks an instance whose disk is on its node', () => {
    expect(vm(rack(), 'batch1')?.locked).to.equal('its disk is only on its node (plain)');
  });

  it('keeps memory on a secondary node for the instances of a primary one', () => {
    expect(host(rack(), 'node2')?.memoryReservedMiB).to.equal(1024 + 4096);
  });

  it('takes the policy of the group for the ratio of virtual CPUs', () => {
    expect(host(rack(), 'node5')?.overcommit?.vcpus).to.equal(2 - 1 / 16);
  });

  it('counts memory that nobody accounts for as used', () => {
    const { text, file } = fixture('rack.data');
    const less = text.replace('node3|32768|1024|31744|', 'node3|32768|1024|20000|');
    const { cluster } = readGaneti({ text: less, file });
    expect(cluster && host(cluster, 'node3')?.memoryReservedMiB).to.equal(32768 - 20000 + 1);
  });

  it('pins by migration tags', () => {
    const { text, file } = fixture('rack.data');
    const tagged = text.replace('owner:site\n', 'htools:migration:gen\nhtools:allowmigration:gen:old::gen:new\n');
    const pins = readGaneti({ text: tagged, file }).cluster?.constraints?.filter(({ type }) => type === 'pin');
    const of = (name: string) => pins?.find((pin) => pin.of === name)?.on;
    expect(of('web1')).to.equal('node1');
    expect(of('cache1')).to.equal('node1 node2');
  });

  it('reads files of other systems, and without policies', () => {
    const { text, file } = fixture('rack.data');
    const [head = ''] = text.split('\n\n|128');
    const { cluster, errors } = readGaneti({ text: `${head}\n`.replaceAll('\n', '\r\n'), file });
    expect(errors).to.deep.equal([]);
    expect(cluster && host(cluster, 'node5')?.overcommit?.vcpus).to.equal(4 - 1 / 16);
  });
});

describe('Clusters of Ganeti: files with errors', () => {
  const told = (data: { text: string; file: string }, loads?: { text: string; file: string }) =>
    readGaneti(data, loads).errors.map(formatError);

  it('tells every error of a file with its place', () => {
    expect(told(fixture('wrong.data'), fixture('wrong.util'))).to.deep.equal([
      'wrong.data:3:18: error value: The free memory -5 is below 0.',
      'wrong.data:4:18: error value: More memory is free, 40000 MiB, than there is, 32768 MiB.',
      'wrong.data:4:38: error value: The CPUs "nan" is not a number.',
      'wrong.data:4:42: error value: The role "X" is none of M, N, Y.',
      'wrong.data:4:44: error value: There is no group with the UUID "uuid-rack-7". Did you mean "uuid-rack-1"?',
      'wrong.data:5:1: error duplicate-name: There are two nodes "node2"; the first is in line 4.',
      'wrong.data:5:25: error value: More disk is free, 2 MiB, than there is, 1 MiB.',
      'wrong.data:6:12: error value: A line of nodes has 9 fields at least, and this one has 2 fields: memory of the node itself, free memory, total disk, free disk, CPUs, M/N/Y, group UUID missing.',
      'wrong.data:8:6: error value: The memory "much" is not a number.',
      'wrong.data:8:17: error value: The virtual CPUs "2.5" is not a whole number.',
      'wrong.data:8:21: error value: The status "runing" is none of running, ADMIN_down, ADMIN_offline, USER_down, ERROR_down, ERROR_up, ERROR_nodedown, ERROR_nodeoffline, ERROR_wrongnode.',
      'wrong.data:8:30: error unknown-host: There is no node "node9". Did you mean "node1"?',
      'wrong.data:9:27: error value: The auto balance "Q" is none of Y, N.',
      'wrong.data:9:35: error value: The primary and the secondary node are the same, "node1".',
      'wrong.data:9:41: error value: The disk template "drdb" is none of diskless, sharedfile, blockdev, rbd, ext, gluster, drbd, plain, file.',
      'wrong.data:13:1: error value: There is no group "rack8". Did you mean "rack1"?',
      'wrong.data:13:24: error value: "128,1,1024,1,1,1" are not pairs of least and most, each of six numbers.',
      'wrong.data:13:41: error value: There is no disk template "exd". Did you mean "ext"?',
      'wrong.data:13:45: error value: The virtual CPUs for each CPU -1 is below 0.',
      'wrong.util:1:17: error value: A line of loads has 5 fields at least, and this one has 4 fields: load of the network missing.',
      'wrong.util:2:1: error value: There is no instance "web3". Did you mean "web1"?',
      'wrong.util:3:6: error value: The load of the CPU "NaN" is not a number.',
      'wrong.util:3:10: error value: The load of the memory -0.1 is below 0.',
      'wrong.util:4:1: error duplicate-name: There are two loads of "web2"; the first is in line 3.',
    ]);
  });

  it('refuses what has too few sections', () => {
    expect(told({ text: 'g|u|preferred|\n\n', file: 'x' })).to.deep.equal([
      'x:1:1: error value: There are 2 of at least 4 sections: groups, nodes, instances and cluster tags, with one empty line between two.',
    ]);
    expect(told({ text: '', file: 'x' })[0]).to.contain('There are 1 of at least 4 sections');
  });

  it('refuses a cluster without nodes', () => {
    expect(told({ text: 'g|u|preferred|\n\n\n\n\n', file: 'x' })).to.deep.equal([
      'x:3:1: error value: The cluster has no nodes: there is nothing to plan for.',
    ]);
  });
});
