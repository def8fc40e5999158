import { expect } from 'chai';
import { MemoryBus } from '../../../core/bus/memory-bus.js';
import { decisionRecord, MOST } from '../../../core/loop/decisions/decision-record.js';
import { effectOf } from '../../../core/loop/decisions/effect.js';
import { Journal } from '../../../core/loop/journal.js';
import { SimulatedClock } from '../../../core/model/clock.js';
import type { Cluster, Plan, Rejection } from '../../../core/placement/cluster.js';
import { MemoryStore } from '../../../core/store/index.js';

const RULES = ['memory', 'second-best', 'would-overload', 'constraint'] as const;

/** So many hosts with ten VMs each, and every candidate rejected. */
function large(hosts: number): { cluster: Cluster; plan: Plan } {
  const cluster: Cluster = {
    at: 0,
    hosts: Array.from({ length: hosts }, (_, index) => ({
      ...{ name: `host${index}`, cpuCapacity: 8, memoryMiB: 65_536, accepting: index % 7 !== 0 },
      ...(index % 5 === 0 ? {} : { cpuUsed: (index % 8) + 0.5 }),
    })),
    vms: Array.from({ length: hosts * 10 }, (_, index) => ({
      ...{ name: `vm${index}`, host: `host${index % hosts}`, className: 'Vm', vcpus: 1, memoryMiB: 1024 },
      ...{ running: true, cpuUsed: 0.5 },
    })),
  };
  const rejected = cluster.vms.map(({ name }, index): Rejection => ({
    ...{ vm: name, to: `host${(index + 1) % hosts}`, detail: 'for some reason that takes a line to tell' },
    rule: index === 3 ? 'locked' : (RULES[index % RULES.length] ?? 'memory'),
  }));
  const moves = [{ vm: 'vm1', from: 'host1', to: 'host2', gain: 0.1, why: 'it helps' }];
  return { cluster, plan: { goal: 'relieve', answer: 'move', moves, rejected, why: 'it is hot' } };
}

const ground = { parameters: {}, demand: () => undefined };

describe('the record of a decision', () => {
  it('is as small on a thousand hosts as on a few, and counts what it leaves out', () => {
    const { cluster, plan } = large(1000);
    const record = decisionRecord(plan, { ...ground, cluster });
    expect(JSON.stringify(record).length).to.be.lessThan(40_000);
    expect(record.plan.rejected.length).to.be.at.most(MOST.rejections);
    expect(Object.values(record.rejectedBy).reduce((sum, count) => sum + count, 0)).to.equal(10_000);
    expect(record.plan.rejected.filter(({ rule }) => rule === 'locked')).to.have.length(1);
    const { hosts, others } = record.cluster ?? expect.fail('there is no cluster');
    expect(hosts.map(({ name }) => name)).to.include.members(['host1', 'host2']);
    expect(others.hosts + hosts.length).to.equal(1000);
    expect(others.cpu?.max).to.be.at.least(others.cpu?.p50 ?? 1);
    expect(record.predicted?.hosts['host1']).to.deep.equal({ before: 0.1875, after: 0.125 });
  });

  it('keeps all where there is little', () => {
    const { cluster, plan } = large(3);
    const record = decisionRecord(plan, { ...ground, cluster });
    expect(record.plan.rejected).to.deep.equal(plan.rejected);
    expect(record.cluster?.others).to.deep.equal({ hosts: 0, vms: 0, unknown: 0, closed: 0 });
  });
});

describe('what came of a decision', () => {
  const predicted = { hosts: { a: { before: 0.9, after: 0.5 } }, moves: [] };
  const moved = [{ vm: 'v', from: 'a', to: 'b', end: { outcome: 'moved', at: 1 } }] as const;
  const verdict = (actual: number | undefined) => effectOf(1, predicted, moved, () => actual).verdict;

  it('is put into words by how much of the relief came', () => {
    expect([0.5, 0.3, 0.58, 0.7, 0.85, 0.95, undefined].map(verdict)).to.deep.equal([
      ...['as predicted', 'as predicted', 'as predicted', 'helped less', 'did not help', 'did not help', 'unknown'],
    ]);
    const failed = [{ ...moved[0], end: { outcome: 'failed', at: 1 } }] as const;
    expect(effectOf(1, predicted, failed, () => 0.9).verdict).to.equal('not done');
  });
});

describe('a journal that is kept for a while', () => {
  it('forgets what is old, but not what something refers to, with all that led to it', async () => {
    const clock = new SimulatedClock();
    const store = new MemoryStore();
    const needed = new Set<number>();
    const journal = new Journal(clock, new MemoryBus(), store, { forMs: 3_600_000, needed: () => needed });
    const event = journal.append('event', 'a', 'it began');
    const other = journal.append('event', 'b', 'something else');
    const decision = journal.append('decision', 'a', 'a decision', { cause: event.id });
    needed.add(decision.id);
    await clock.advance(30 * 3_600_000);
    const last = journal.append('event', 'c', 'later');
    expect(journal.entries.map(({ id }) => id)).to.deep.equal([event.id, decision.id, last.id]);
    expect(journal.entry(other.id)).to.equal(undefined);
    needed.clear();
    await clock.advance(2 * 3_600_000);
    const more = journal.append('event', 'c', 'still later');
    expect(journal.entries.map(({ id }) => id)).to.deep.equal([more.id]);
  });
});
