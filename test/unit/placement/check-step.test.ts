import { expect } from 'chai';
import { checkStep } from '../../../core/placement/check-step.js';
import { cluster, constraint, host, unread, vm } from './clusters.js';

const reasons = ({ skip }: ReturnType<typeof checkStep>) =>
  skip.map(({ move, rule, why }) => `${move.vm} ${rule}: ${why}`);
const going = ({ go }: ReturnType<typeof checkStep>) => go.map((move) => `${move.vm}>${move.to}`);

describe('checkStep', () => {
  const hosts = [host('h1'), host('h2'), host('h3', { memoryMiB: 1024 })];

  it('lets moves go that still fit', () => {
    const seen = cluster(hosts, [vm('a', 'h1'), vm('b', 'h1')]);
    const checked = checkStep(seen, [
      { vm: 'a', from: 'h1', to: 'h2' },
      { vm: 'b', from: 'h1', to: 'h3' },
    ]);
    expect(going(checked)).to.deep.equal(['a>h2', 'b>h3']);
    expect(checked.skip).to.deep.equal([]);
  });

  it('leaves out what is gone, has stopped, is elsewhere or locked, and hosts that are gone', () => {
    const seen = cluster(hosts, [
      vm('stopped', 'h1', { running: false }),
      vm('elsewhere', 'h2'),
      vm('locked', 'h1', { locked: 'it has a dongle' }),
      vm('fine', 'h1'),
    ]);
    const moves = ['gone', 'stopped', 'elsewhere', 'locked'].map((name) => ({ vm: name, from: 'h1', to: 'h2' }));
    expect(reasons(checkStep(seen, [...moves, { vm: 'fine', to: 'h9' }]))).to.deep.equal([
      'gone not-running: there is no VM gone any more',
      'stopped not-running: stopped is not running',
      'elsewhere not-running: elsewhere is on h2, not on h1',
      'locked locked: locked stays: it has a dongle',
      'fine not-accepting: there is no host h9',
    ]);
  });

  it('leaves out the later of moves that do not fit together', () => {
    const seen = cluster(hosts, [vm('a', 'h1', { memoryMiB: 700 }), vm('b', 'h1', { memoryMiB: 700 })]);
    const checked = checkStep(seen, [
      { vm: 'a', to: 'h3' },
      { vm: 'b', to: 'h3' },
    ]);
    expect(going(checked)).to.deep.equal(['a>h3']);
    expect(reasons(checked)).to.deep.equal(['b memory: b needs 700 MiB and h3 has 324 MiB free']);
  });

  it('gives no room away that is still in use, where two change places in one step', () => {
    const seen = cluster(
      [host('h1', { memoryMiB: 1024 }), host('h3', { memoryMiB: 1024 })],
      [vm('a', 'h1', { memoryMiB: 700 }), vm('b', 'h3', { memoryMiB: 700 })],
    );
    const checked = checkStep(seen, [
      { vm: 'a', to: 'h3' },
      { vm: 'b', to: 'h1' },
    ]);
    expect(checked.go).to.deep.equal([]);
    expect(reasons(checked)[0]).to.equal('b memory: h1 has no room for b before others have left it');
  });

  it('keeps hard constraints, and those of a host that closed meanwhile', () => {
    const vms = [vm('a', 'h1'), vm('b', 'h2')];
    const spread = { ...cluster(hosts, vms), constraints: [constraint('spread')] };
    expect(reasons(checkStep(spread, [{ vm: 'a', to: 'h2' }]))[0]).to.match(/^a constraint: the constraint spread/);
    const closed = cluster([host('h1'), host('h2', { accepting: false, closed: 'it is in maintenance' })], vms);
    expect(reasons(checkStep(closed, [{ vm: 'a', to: 'h2' }]))).to.deep.equal([
      'a not-accepting: h2 takes no VMs now: it is in maintenance',
    ]);
  });

  it('lets what belongs together move together', () => {
    const seen = { ...cluster(hosts, [vm('a', 'h1'), vm('b', 'h1')]), constraints: [constraint('gather')] };
    const both = [
      { vm: 'a', to: 'h2' },
      { vm: 'b', to: 'h2' },
    ];
    expect(going(checkStep(seen, both))).to.deep.equal(['a>h2', 'b>h2']);
    expect(checkStep(seen, both.slice(0, 1)).go).to.deep.equal([]);
  });

  it('keeps the limit of CPU where one is given, and wants fresh readings for it', () => {
    const busy = cluster([host('h1'), host('h2')], [vm('a', 'h1', { cpuUsed: 0.5 }), vm('b', 'h2', { cpuUsed: 0.5 })]);
    expect(going(checkStep(busy, [{ vm: 'a', to: 'h2' }]))).to.deep.equal(['a>h2']);
    expect(reasons(checkStep(busy, [{ vm: 'a', to: 'h2' }], 0.8))).to.deep.equal([
      'a would-overload: h2 would reach 100 %, the limit is 80 %',
    ]);
    const stale = cluster([host('h1'), host('h2')], [unread(vm('a', 'h1'))]);
    expect(reasons(checkStep(stale, [{ vm: 'a', to: 'h2' }], 0.8))).to.deep.equal([
      'a no-fresh-reading: no fresh CPU reading of a',
    ]);
    expect(going(checkStep(stale, [{ vm: 'a', to: 'h2' }]))).to.deep.equal(['a>h2']);
  });
});
