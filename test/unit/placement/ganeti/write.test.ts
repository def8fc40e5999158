import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { asset } from '../../../../core/assets/package-root.js';
import type { Cluster } from '../../../../core/placement/cluster.js';
import { readGaneti, writeGaneti } from '../../../../core/placement/ganeti/index.js';

const file = 'rack.data';
const text = readFileSync(asset(`test/fixtures/ganeti/${file}`), 'utf8');

function read(content = text): { cluster: Cluster; write: (after: Cluster) => string } {
  const { cluster, keep, errors } = readGaneti({ text: content, file });
  if (!cluster || !keep) throw new AggregateError(errors);
  return { cluster, write: (after) => writeGaneti(keep, after) };
}

const moved = (cluster: Cluster, vm: string, to: string): Cluster => ({
  ...cluster,
  vms: cluster.vms.map((one) => (one.name === vm ? { ...one, host: to } : one)),
});
const line = (content: string, name: string) => content.split('\n').find((one) => one.startsWith(`${name}|`));

describe('Clusters of Ganeti: writing', () => {
  it('writes what it read, byte for byte, where nothing moved', () => {
    const { cluster, write } = read();
    expect(write(cluster)).to.equal(text);
  });

  it('changes the node of a moved instance, and the free memory of both nodes', () => {
    const { cluster, write } = read();
    const after = write(moved(cluster, 'web1', 'node3'));
    expect(line(after, 'web1')).to.equal('web1|4096|10240|2|running|Y|node3||ext|app:web,owner:me|1');
    expect(line(after, 'node1')).to.equal(
      'node1|32768|1024|23552|512000|402000|8|M|uuid-rack-1|1|fast,gen:new|N|0|1|1.0',
    );
    expect(line(after, 'node3')).to.equal('node3|32768|1024|27648|512000|512000|8|N|uuid-rack-1|1');
    const changed = after.split('\n').filter((one, index) => one !== text.split('\n')[index]);
    expect(changed).to.have.length(3);
  });

  it('swaps the nodes of an instance with DRBD', () => {
    const { cluster, write } = read();
    expect(line(write(moved(cluster, 'db1', 'node2')), 'db1')).to.contain('|node2|node1|drbd|');
  });

  it('moves no memory for an instance that is down', () => {
    const { cluster, write } = read();
    const after = write(moved(cluster, 'batch1', 'node3'));
    for (const name of ['node2', 'node3']) expect(line(after, name)).to.equal(line(text, name));
  });

  it('is read as the cluster that was written', () => {
    const { cluster, write } = read();
    const after = moved(moved(cluster, 'web2', 'node3'), 'mail1', 'node6');
    const again = read(write(after)).cluster;
    expect(again.vms).to.deep.equal(after.vms);
    expect(again.hosts.map(({ memoryReservedMiB }) => memoryReservedMiB)).to.deep.equal(
      after.hosts.map(({ memoryReservedMiB }) => memoryReservedMiB),
    );
  });
});
