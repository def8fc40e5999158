import { expect } from 'chai';
import { consolidate, type ConsolidationView } from '../../../../core/placement/consolidate/index.js';
import { view } from './views.js';

const told = (given: ConsolidationView) =>
  consolidate(given).moves.map(({ vm, from, to, because }) => [vm, from, to, because]);

describe('consolidation: relief', () => {
  it('leaves alone what has enough', () => {
    const decision = consolidate(view([{ cpus: 4 }], [{ on: 0, asks: 4 }]));
    expect(decision).to.deep.equal({ moves: [], wake: [], emptied: [], overloaded: [] });
  });

  it('gives the VM that helps most for what it costs, to the host with most room', () => {
    const hosts = [{ cpus: 4 }, { cpus: 4 }, { cpus: 4 }];
    const vms = [
      { on: 0, asks: 2.9, memory: 4 },
      { on: 0, asks: 0.8, memory: 8 },
      { on: 0, asks: 0.7, memory: 1 },
      { on: 1, asks: 3 },
      { on: 2, asks: 2.9 },
    ];
    expect(told(view(hosts, vms))).to.deep.equal([[2, 0, 2, 'overload']]);
  });

  it('does not move what must not move, nor to hosts that take none or would be overloaded', () => {
    const hosts = [{ cpus: 4 }, { cpus: 4, closed: true as const }, { cpus: 4 }];
    const vms = [
      { on: 0, asks: 2 },
      { on: 0, asks: 2.5, fixed: true as const },
      { on: 1, asks: 0.5 },
      { on: 2, asks: 2.2 },
    ];
    const decision = consolidate(view(hosts, vms));
    expect(decision.moves).to.deep.equal([]);
    expect(decision.overloaded).to.deep.equal([0]);
  });

  it('wakes the cheapest host where nobody on has room', () => {
    const hosts = [{ cpus: 4 }, { cpus: 4, off: true as const, watts: [90, 130] }, { cpus: 4, off: true as const }];
    const decision = consolidate(
      view(hosts, [
        { on: 0, asks: 3 },
        { on: 0, asks: 2 },
      ]),
    );
    expect(decision.moves.map(({ to }) => to)).to.deep.equal([2]);
    expect(decision.wake).to.deep.equal([2]);
  });

  it('brings together on one host what several have to give', () => {
    const full = [0, 1].flatMap((on) => [
      { on, asks: 3.5 },
      { on, asks: 0.7 },
    ]);
    const others = [
      { on: 2, asks: 2 },
      { on: 3, asks: 2.5 },
    ];
    const moves = consolidate(
      view(
        Array.from({ length: 4 }, () => ({ cpus: 4 })),
        [...full, ...others],
      ),
    ).moves;
    expect(moves.map(({ to }) => to)).to.deep.equal([2, 2]);
  });

  it('moves a VM that asks for more than one VM can get where it is', () => {
    const hosts = [
      { cpus: 8, vmLimit: 1 },
      { cpus: 8, vmLimit: 2 },
    ];
    expect(
      told(
        view(hosts, [
          { on: 0, asks: 1.5 },
          { on: 1, asks: 7 * 0.8 },
        ]),
      ),
    ).to.deep.equal([[0, 0, 1, 'overload']]);
  });

  it('looks at what is expected, too, with its deviation', () => {
    const hosts = [{ cpus: 4 }, { cpus: 4 }, { cpus: 4 }];
    const vms = (more: object) => [
      { on: 0, asks: 3.5 },
      { on: 0, asks: 0.8 },
      { on: 1, asks: 1.5, ...more },
      { on: 2, asks: 2 },
    ];
    const to = (more: object) => consolidate(view(hosts, vms(more))).moves[0]!.to;
    expect(to({})).to.equal(1);
    expect(to({ expected: 3.4 })).to.equal(2);
    expect(to({ deviation: 4 })).to.equal(2);
  });
});

describe('consolidation: emptying', () => {
  const three = [{ cpus: 4 }, { cpus: 4 }, { cpus: 4 }];

  it('empties what the others can do without, the least used first', () => {
    const vms = [
      { on: 0, asks: 2 },
      { on: 1, asks: 0.4 },
      { on: 1, asks: 0.3 },
      { on: 2, asks: 2 },
    ];
    const decision = consolidate(view(three, vms));
    expect(decision.moves.map(({ vm, because }) => [vm, because])).to.deep.equal([
      [1, 'emptying'],
      [2, 'emptying'],
    ]);
    expect(decision.moves[0]!.to, 'the fewer hosts are disturbed the better').to.equal(decision.moves[1]!.to);
    expect(decision.emptied).to.deep.equal([1]);
  });

  it('keeps the hosts that give most for their power', () => {
    const hosts = [
      { cpus: 4, watts: [90, 140] },
      { cpus: 4, watts: [50, 80] },
    ];
    const decision = consolidate(
      view(hosts, [
        { on: 0, asks: 2 },
        { on: 1, asks: 0.5 },
      ]),
    );
    expect(decision.emptied).to.deep.equal([0]);
  });

  it('a host wholly or not at all', () => {
    const vms = [
      { on: 0, asks: 1.4 },
      { on: 0, asks: 0.1, fixed: true as const },
      { on: 1, asks: 2, fixed: true as const },
    ];
    expect(consolidate(view(three, vms)).moves).to.deep.equal([]);
  });

  it('takes moves back where the last VM finds no room', () => {
    const stays = true as const;
    const hosts = [
      { cpus: 4, memory: 32 },
      { cpus: 4, memory: 8, stays },
      { cpus: 4, memory: 8, stays },
    ];
    const vms = [
      { on: 0, asks: 0.5, memory: 2 },
      { on: 0, asks: 0.4, memory: 4 },
      { on: 1, asks: 1, memory: 5 },
      { on: 2, asks: 1, memory: 5 },
    ];
    const seen: string[] = [];
    const rules = {
      allows: () => true,
      moved: (vm: number, from: number, to: number) => seen.push(`${vm}:${from}>${to}`),
    };
    expect(consolidate({ ...view(hosts, vms), rules }).moves).to.deep.equal([]);
    expect(seen).to.deep.equal(['0:0>1', '0:1>0']);
  });

  it('not for what costs more than it saves', () => {
    const vms = [
      { on: 0, asks: 2, memory: 60_000 },
      { on: 1, asks: 0.4, memory: 60_000 },
      { on: 2, asks: 2, memory: 60_000 },
    ];
    expect(consolidate(view(three, vms)).emptied).to.deep.equal([]);
  });

  it('not a host that must stay', () => {
    const hosts = [{ cpus: 4 }, { cpus: 4, stays: true as const }];
    expect(
      consolidate(
        view(hosts, [
          { on: 0, asks: 1 },
          { on: 1, asks: 0.1 },
        ]),
      ).emptied,
    ).to.deep.equal([0]);
    const both = hosts.map((host) => ({ ...host, stays: true as const }));
    expect(
      consolidate(
        view(both, [
          { on: 0, asks: 1 },
          { on: 1, asks: 0.1 },
        ]),
      ).emptied,
    ).to.deep.equal([]);
  });

  it('asks the rules of the place', () => {
    const vms = [
      { on: 0, asks: 2 },
      { on: 1, asks: 0.4 },
      { on: 2, asks: 2 },
    ];
    const rules = { allows: (vm: number, to: number) => vm !== 1 || to === 0, moved: () => undefined };
    expect(told({ ...view(three, vms), rules })).to.deep.equal([[1, 1, 0, 'emptying']]);
  });

  it('where memory is scarce, counts power by memory', () => {
    const wide = { cpus: 4, memory: 4, watts: [50, 60] };
    const cheapIdle = { cpus: 2, memory: 4, watts: [40, 60] };
    const vms = [
      { on: 0, asks: 0.2, memory: 1 },
      { on: 1, asks: 0.1, memory: 1 },
    ];
    expect(consolidate(view([wide, cheapIdle], vms)).emptied).to.deep.equal([0]);
    const noMemory = vms.map((vm) => ({ ...vm, memory: 0.01 }));
    expect(consolidate(view([wide, cheapIdle], noMemory)).emptied).to.deep.equal([1]);
  });
});
