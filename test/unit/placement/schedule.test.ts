import { expect } from 'chai';
import type { Cluster } from '../../../core/placement/cluster.js';
import { compileProblem } from '../../../core/placement/compile-problem.js';
import { schedule } from '../../../core/placement/schedule/index.js';
import { cluster, constraint, host, vm } from './clusters.js';

/** Steps as `a h1>h2`, and what was dropped. */
function planned(
  seen: Cluster,
  wanted: Readonly<Record<string, string>>,
): { readonly steps: readonly string[]; readonly dropped: readonly string[] } {
  const problem = compileProblem(seen, { below: 0.9 });
  const moves = Object.entries(wanted).map(([name, to]) => ({
    vm: problem.vmIndex.get(name) ?? -1,
    to: problem.hostIndex.get(to) ?? -1,
  }));
  const { steps, dropped } = schedule(problem, moves);
  const name = (at: number) => seen.hosts[at]?.name ?? '';
  return {
    steps: steps.map((step) =>
      step
        .map((one) => `${seen.vms[one.vm]?.name} ${name(one.from)}>${name(one.to)}${one.leg ? ` ${one.leg}` : ''}`)
        .join(', '),
    ),
    dropped: dropped.map((one) => `${seen.vms[one.vm]?.name}: ${one.why}`),
  };
}

const big = { memoryMiB: 4096 };

describe('the order of moves', () => {
  it('puts what does not wait for anything into one step', () => {
    const seen = cluster([host('h1'), host('h2'), host('h3')], [vm('a', 'h1'), vm('b', 'h1'), vm('c', 'h2')]);
    expect(planned(seen, { a: 'h2', b: 'h3', c: 'h1' })).to.deep.equal({
      steps: ['a h1>h2, b h1>h3, c h2>h1'],
      dropped: [],
    });
  });

  it('lets a VM wait until the one that makes room for it has gone', () => {
    const seen = cluster([host('h1'), host('h2'), host('h3')], [vm('a', 'h1', big), vm('b', 'h2', big)]);
    expect(planned(seen, { a: 'h2', b: 'h3' }).steps).to.deep.equal(['b h2>h3', 'a h1>h2']);
  });

  it('breaks a circle by way of a third host, with one VM migrated twice', () => {
    const hosts = [host('h1'), host('h2'), host('h3', { memoryMiB: 1024 })];
    const seen = cluster(hosts, [
      vm('a', 'h1', big),
      vm('b', 'h2', { memoryMiB: 3584 }),
      vm('c', 'h2', { memoryMiB: 512 }),
    ]);
    const { steps, dropped } = planned(seen, { a: 'h2', b: 'h1', c: 'h1' });
    // neither of the large ones fits on h3, and the small one makes no room
    expect(steps).to.deep.equal([]);
    expect(dropped).to.have.length(3);
    const roomy = { ...seen, hosts: [host('h1'), host('h2'), host('h3')] };
    expect(planned(roomy, { a: 'h2', b: 'h1', c: 'h1' })).to.deep.equal({
      steps: ['a h1>h3 aside', 'b h2>h1, c h2>h1', 'a h3>h2 onward'],
      dropped: [],
    });
  });

  it('drops a swap that no host can help, with the reason, and keeps the rest', () => {
    const seen = cluster(
      [host('h1'), host('h2'), host('h3')],
      [
        vm('a', 'h1', big),
        vm('b', 'h2', { memoryMiB: 4000 }),
        vm('c', 'h3', { memoryMiB: 64 }),
        vm('d', 'h3', { memoryMiB: 3000 }),
      ],
    );
    const { steps, dropped } = planned(seen, { a: 'h2', b: 'h1', c: 'h2' });
    expect(steps).to.deep.equal(['c h3>h2']);
    expect(dropped.join('; ')).to.include('a: a cannot get to h2 on the way: a needs 4096 MiB and h2 has');
  });

  it('moves what is gathered within one step, or not at all', () => {
    const seen = {
      ...cluster([host('h1'), host('h2')], [vm('a', 'h1'), vm('b', 'h1')]),
      constraints: [constraint('gather')],
    };
    expect(planned(seen, { a: 'h2', b: 'h2' }).steps).to.deep.equal(['a h1>h2, b h1>h2']);
    const half = planned(seen, { a: 'h2' });
    expect(half.steps).to.deep.equal([]);
    expect(half.dropped[0]).to.include('gather of Machine');
  });

  it('keeps spread VMs apart also while they are on their way', () => {
    const seen = {
      ...cluster([host('h1'), host('h2'), host('h3')], [vm('a', 'h1'), vm('b', 'h2')]),
      constraints: [constraint('spread')],
    };
    expect(planned(seen, { a: 'h2', b: 'h3' }).steps).to.deep.equal(['b h2>h3', 'a h1>h2']);
    expect(planned(seen, { a: 'h2', b: 'h1' }).steps).to.deep.equal(['a h1>h3 aside', 'b h2>h1', 'a h3>h2 onward']);
  });

  it('counts CPU on both hosts, so that any order of ends is within the limit', () => {
    const seen = cluster(
      [host('h1'), host('h2'), host('h3')],
      [vm('a', 'h1', { cpuUsed: 0.6 }), vm('b', 'h2', { cpuUsed: 0.6 })],
    );
    expect(planned(seen, { a: 'h2', b: 'h3' }).steps).to.deep.equal(['b h2>h3', 'a h1>h2']);
  });
});
