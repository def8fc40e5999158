import { expect } from 'chai';
import fc from 'fast-check';
import { SimulatedClock } from '../../../core/model/clock.js';
import type { Domain, DomainEvent } from '../../../core/model/hypervisor.js';
import { SeededRandom } from '../../../core/model/random.js';
import { ReconnectingHypervisor } from '../../../wrappers/libvirt/reconnecting-hypervisor.js';
import { CHANGES, LossyHost } from '../../support/lossy-host.js';

/** What somebody knows who listed once and then only listens. */
class Follower {
  readonly #domains = new Map<string, { active: string; persistent: boolean; name: string }>();
  readonly faults: string[] = [];

  constructor(domains: readonly Domain[]) {
    for (const { name, uuid, state, persistent } of domains)
      this.#domains.set(uuid, { name, persistent, active: state === 'shutoff' ? '' : state });
  }

  hear({ domain, uuid, kind, detail }: DomainEvent): void {
    const known = this.#domains.get(uuid) ?? { name: domain, active: '', persistent: false };
    const before = { ...known };
    if (kind === 'started' || kind === 'resumed') known.active = 'running';
    if (kind === 'suspended') known.active = 'paused';
    if (kind === 'crashed') known.active = 'crashed';
    if (kind === 'stopped') known.active = '';
    if (kind === 'defined') known.persistent = true;
    if (kind === 'undefined') known.persistent = false;
    if (before.active === known.active && before.persistent === known.persistent)
      this.faults.push(`${domain} ${kind} ${detail} told nothing new`);
    if (known.active === '' && !known.persistent) this.#domains.delete(uuid);
    else this.#domains.set(uuid, known);
  }

  get picture(): readonly string[] {
    return [...this.#domains]
      .map(([uuid, { name, active, persistent }]) => `${name} ${uuid} ${active || 'shutoff'} ${persistent}`)
      .sort();
  }
}

const step = fc.oneof(
  { weight: 6, arbitrary: fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.constantFrom(...CHANGES)) },
  { weight: 2, arbitrary: fc.constantFrom('lose' as const, 'silent' as const, 'answers' as const) },
  { weight: 4, arbitrary: fc.record({ pass: fc.oneof(fc.nat(4), fc.nat(4), fc.nat(40)) }) },
);
const delays = fc.record({ toReading: fc.nat(6), toAnswer: fc.nat(6), toEvent: fc.nat(9) });

describe('a connection that is made again, whatever happens', function () {
  this.timeout(60_000);

  it('leaves who follows its events with what the host has, and tells nothing twice', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), delays, fc.nat(), async (steps, timing, seed) => {
        const clock = new SimulatedClock();
        const host = new LossyHost(clock, timing);
        host.change('a', 'start');
        host.change('b', 'define');
        const hypervisor = await clock.runUntil(
          ReconnectingHypervisor.open({
            host: 'host1',
            uri: 'x',
            connect: host.connect,
            clock,
            random: new SeededRandom(seed),
            // so that much happens while the domains are read again
            firstDelayMs: 4,
            longestDelayMs: 64,
          }),
        );
        const follower = new Follower(host.domains);
        const connection: boolean[] = [];
        await hypervisor.onDomainEvent((event) => follower.hear(event));
        hypervisor.onConnection(({ connected }) => connection.push(connected));
        for (const one of steps) {
          if (one === 'lose') host.lose();
          else if (one === 'silent') {
            host.answers = false;
            host.lose();
          } else if (one === 'answers') host.answers = true;
          else if ('pass' in one) await clock.advance(one.pass);
          else host.change(...one);
        }
        host.answers = true;
        await clock.advance(1000);
        expect(hypervisor.connected).to.equal(true);
        const listed = await clock.runUntil(hypervisor.list());
        expect(listed).to.deep.equal(host.domains);
        expect(follower.picture).to.deep.equal(new Follower(listed).picture);
        expect(follower.faults).to.deep.equal([]);
        // lost and back in turns
        expect(connection.every((connected, index) => connected === (index % 2 === 1))).to.equal(true);
        await hypervisor.close();
      }),
      { numRuns: 500 },
    );
  });
});
