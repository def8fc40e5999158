import { expect } from 'chai';
import { hostBars } from '../../../../core/app/plan/host-bars.js';
import { patientClock } from '../../../../core/app/plan/patience.js';
import { planText } from '../../../../core/app/plan/plan-text.js';
import { afterPlan } from '../../../../core/placement/after-plan.js';
import type { Move, Plan } from '../../../../core/placement/cluster.js';
import { cluster, host, unread, vm } from '../../placement/clusters.js';

const BEFORE = cluster(
  [host('hot', { cpuUsed: 0.9 }), host('cool')],
  [vm('a', 'hot', { cpuUsed: 0.5 }), vm('b', 'hot', { cpuUsed: 0.4 })],
);

function move(name: string, rest: Partial<Move> = {}): Move {
  return { vm: name, from: 'hot', to: 'cool', gain: 0.5, cost: 0.01, step: 0, why: 'hot is hot', ...rest };
}

function plan(rest: Partial<Plan> = {}): Plan {
  return { goal: 'relieve', answer: 'move', moves: [move('a')], rejected: [], why: 'hot was hot', ...rest };
}

describe('attitune plan: what people see', () => {
  it('is each move, the hosts before and after it, and what it comes to', () => {
    const told = plan({ before: { hotHosts: 1 }, after: { hotHosts: 0 }, elapsedMs: 12.3 });
    const text = planText(told, BEFORE, afterPlan(BEFORE, told), false);
    expect(text)
      .to.match(/│ 1 +│ a +│ hot +│ cool +│ 0\.5 for 0\.01 │ hot is hot +│/)
      .and.match(/^hot +█{21}▋·· {2}90 % → █{9}▋·{14} {2}40 % {2}2 → 1$/m)
      .and.match(/^cool +·{24} {3}0 % → █{12}·{12} {2}50 % {2}0 → 1$/m)
      .and.match(/^move: 1 VM in 1 step; hotHosts 1 → 0; decided in 12 ms\nhot was hot$/m);
  });

  it('has colours only where they are wanted', () => {
    const then = afterPlan(BEFORE, plan());
    const escape = /\u001b\[/;
    expect(planText(plan(), BEFORE, then, true)).to.match(escape);
    expect(hostBars(BEFORE, then, false)).not.to.match(escape);
  });

  it('lets no name steer the terminal', () => {
    const evil = plan({ moves: [move('a\u001b[2J')], why: 'x\u001b]0;y\u0007' });
    expect(planText(evil, BEFORE, BEFORE, false)).not.to.match(/\u001b\[2J|\u0007/);
  });

  it('tells what is in the way, how often each rule spoke, and what is switched', () => {
    const rejected = [1, 2].map((to) => ({ vm: 'a', to: `h${to}`, rule: 'memory' as const, detail: '' }));
    const told = plan({ answer: 'infeasible', moves: [], conflict: ['a is locked'], rejected, wake: ['cool'] });
    expect(planText(told, BEFORE, BEFORE, false))
      .to.match(/What cannot hold together:\n {2}a is locked/)
      .and.match(/2 memory/)
      .and.match(/Switched on before: cool/)
      .and.match(/^infeasible:/m);
  });

  it('shows the hottest and the emptiest of many hosts, and the first of many moves', () => {
    const hosts = Array.from({ length: 100 }, (_, index) => host(`h${index}`, { cpuUsed: index / 100 }));
    const many = cluster(hosts, []);
    const lines = hostBars(many, many, false).split('\n');
    expect(lines).to.have.length(42);
    expect(lines[1]).to.match(/^h99/);
    expect(lines[21]).to.match(/60 hosts in between/);
    expect(lines.at(-1)).to.match(/^h0 /);
    const moves = Array.from({ length: 250 }, (_, index) => move(`vm${index}`));
    expect(planText(plan({ moves }), BEFORE, BEFORE, false)).to.match(/… and 50 more moves/);
  });

  it('says where CPU is not known', () => {
    const silent = { name: 'silent', cpuCapacity: 1, memoryMiB: 4096, accepting: true };
    expect(hostBars({ at: 0, hosts: [silent], vms: [] }, { at: 0, hosts: [silent], vms: [] }, false)).to.match(
      /silent +not known/,
    );
  });

  it('counts what hosts use after a plan, and which are on', () => {
    const after = afterPlan(BEFORE, plan({ powerOff: ['hot'], moves: [move('a'), move('b')] }));
    expect(after.hosts).to.deep.include({ ...host('hot'), cpuUsed: 0, powered: 'off', accepting: false });
    expect(after.hosts[1]?.cpuUsed).to.be.closeTo(0.9, 1e-9);
    const blind = { ...BEFORE, vms: BEFORE.vms.map(unread) };
    expect(afterPlan(blind, plan()).vms[0]?.host).to.equal('cool');
  });

  it('tells people every two seconds that it goes on', () => {
    let at = 0;
    const heard: number[] = [];
    const clock = patientClock(
      () => at,
      (elapsed) => heard.push(elapsed),
    );
    for (at = 0; at <= 6500; at += 500) clock();
    expect(heard).to.deep.equal([2000, 4000, 6000]);
  });
});
