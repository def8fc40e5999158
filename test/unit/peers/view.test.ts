import { expect } from 'chai';
import type { PeerNews, PeerRole } from '../../../core/model/peer.js';
import { SeededRandom } from '../../../core/model/random.js';
import { PeerView } from '../../../core/peers/view.js';

const news = (peer: string, role: PeerRole = 'idle', more: Partial<PeerNews> = {}, freeMiB = 4096): PeerNews => ({
  ...{ peer, role, accepting: true, ageMs: 0 },
  readings: {
    ...{ cpuLoadOne: 1, cpuLoadFive: 1, cpuLoadFifteen: 1, actualFreeMemory: freeMiB, actualUsedMemory: 0 },
    ...{ totalVmMemory: 0, localVmCount: 0, cpus: 8 },
  },
  ...more,
});

const viewOf = (self: string, seed: number, cell?: string) =>
  new PeerView({ self, cell, random: new SeededRandom(seed), size: 8, shuffle: 4, freshMs: 60_000 });

/** Many views that exchange in rounds, without a bus; `alive` and `together` say who answers whom. */
class Crowd {
  readonly views = new Map<string, PeerView>();
  now = 0;

  constructor(size: number) {
    for (let index = 0; index < size; index += 1) {
      const view = viewOf(`p${index}`, index + 1);
      view.learn([news(`p${(index + 1) % size}`)], 0);
      this.views.set(`p${index}`, view);
    }
  }

  round(answers: (from: string, to: string) => boolean = () => true): void {
    this.now += 1000;
    for (const [name, view] of this.views) {
      const partner = view.partner();
      if (partner === undefined) continue;
      const other = this.views.get(partner)!;
      if (!answers(name, partner)) {
        view.forget(partner);
        continue;
      }
      const sent = view.toTell(partner, news(name), this.now);
      const told = other.toTell(name, news(partner), this.now);
      other.learn(
        sent,
        this.now,
        told.map(({ peer }) => peer),
      );
      view.learn(
        told,
        this.now,
        sent.map(({ peer }) => peer),
      );
    }
  }
}

describe('what a peer knows of others', () => {
  it('becomes, from a ring, a sample of all: nobody is forgotten, nobody is known to most', () => {
    const crowd = new Crowd(200);
    for (let round = 0; round < 60; round += 1) crowd.round();
    const knownBy = new Map<string, number>();
    for (const view of crowd.views.values()) {
      expect(view.peers).to.have.length(8);
      for (const peer of view.peers) knownBy.set(peer, (knownBy.get(peer) ?? 0) + 1);
    }
    expect(knownBy.size).to.be.greaterThan(190);
    expect(Math.max(...knownBy.values())).to.be.lessThan(40);
    expect(reached(crowd.views, 'p0')).to.equal(200);
  });

  it('forgets the dead', () => {
    const crowd = new Crowd(60);
    for (let round = 0; round < 30; round += 1) crowd.round();
    const dead = (name: string) => Number(name.slice(1)) < 15;
    for (const name of [...crowd.views.keys()].filter(dead)) crowd.views.get(name)?.learn([], 0);
    for (let round = 0; round < 60; round += 1) crowd.round((from, to) => !dead(from) && !dead(to));
    const living = [...crowd.views].filter(([name]) => !dead(name));
    const remembered = living.flatMap(([, view]) => view.peers).filter(dead);
    expect(remembered).to.have.length.lessThan(8);
  });

  it('keeps the fresher of two news, never itself, and never more than its size', () => {
    const view = viewOf('me', 1);
    view.learn([news('me'), news('a', 'overloaded', { ageMs: 5000 })], 10_000);
    view.learn([news('a', 'underloaded', { ageMs: 1000 })], 10_000);
    view.learn([news('a', 'overloaded', { ageMs: 9000 })], 11_000);
    expect(view.get('a', 12_000)).to.include({ role: 'underloaded', ageMs: 3000 });
    view.learn(
      Array.from({ length: 50 }, (_, index) => news(`b${index}`)),
      12_000,
    );
    expect(view.peers).to.have.length(8).and.not.to.include('me');
  });

  it('asks those that are known to have room first, and not those that have none', () => {
    const view = viewOf('me', 1, 'a');
    const cell = 'a';
    view.learn(
      [
        news('idle', 'idle', { cell }),
        news('full', 'underloaded', { cell }, 100),
        news('closed', 'underloaded', { cell, accepting: false }),
        news('free', 'underloaded', { cell }),
        news('hot', 'overloaded', { cell }),
        news('old', 'overloaded', { cell, ageMs: 100_000 }),
        news('other', 'underloaded', { cell: 'b' }),
      ],
      200_000,
    );
    expect(view.toAsk(6, 512, 'cell', 200_000)).to.deep.equal(['free', 'idle', 'old']);
    expect(view.toAsk(6, 512, 'elsewhere', 200_000)).to.deep.equal(['other']);
    expect(view.toAsk(1, 512, 'cell', 200_000)).to.deep.equal(['free']);
  });

  it('keeps some of other cells, however many there are in its own', () => {
    const view = viewOf('me', 1, 'a');
    view.learn([news('x', 'idle', { cell: 'b' }), news('y', 'idle', { cell: 'b' })], 0);
    for (let time = 1; time < 40; time += 1) view.learn([news(`a${time}`, 'idle', { cell: 'a' })], time * 1000);
    expect(view.peers).to.include('x').and.to.include('y');
    for (let time = 40; time < 60; time += 1) view.learn([news(`b${time}`, 'idle', { cell: 'b' })], time * 1000);
    expect(view.peers.filter((name) => name.startsWith('a'))).to.have.length.at.least(6);
  });
});

/** How many can be reached from one over who knows whom. */
function reached(views: ReadonlyMap<string, PeerView>, from: string): number {
  const seen = new Set([from]);
  for (const name of seen) for (const next of views.get(name)?.peers ?? []) seen.add(next);
  return seen.size;
}
