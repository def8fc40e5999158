import { expect } from 'chai';
import { BusMember } from '../../core/bus/member.js';
import { NatsTransport, type NatsUser } from '../../core/bus/nats/index.js';
import { SystemClock } from '../../core/model/clock.js';
import { SeededRandom } from '../../core/model/random.js';
import { cuttablePort, type CuttablePort } from '../support/cuttable-port.js';
import { skipWithoutNats, startNats, type PrivateNats } from '../support/private-nats.js';
import { memberBusContract } from './member-bus.contract.js';
import { event, REAL_TIME, type MemberBusWorld, type RawMember } from './member-bus.world.js';

/** How often members renew themselves here; after one and a half times this the server is asked whether one is there. */
const EVERY_MS = 1600;
const FOUNDER = 'founder';

class NatsWorld implements MemberBusWorld {
  readonly now = REAL_TIME.now;
  readonly until = REAL_TIME.until;
  readonly pass = REAL_TIME.pass;
  readonly ends = REAL_TIME.ends;
  /** A renewal may just have been due when the way broke. */
  readonly graceMs = EVERY_MS / 2;
  readonly #nats: PrivateNats;
  readonly #secure: boolean;
  readonly clock = new SystemClock();
  readonly #random = new SeededRandom(5);
  readonly #ways = new Map<string, CuttablePort>();
  readonly #all: CuttablePort[] = [];
  readonly #open: { close(): Promise<void> }[] = [];
  #refused = 0;

  private constructor(nats: PrivateNats, secure: boolean) {
    this.#nats = nats;
    this.#secure = secure;
  }

  static async create(users?: readonly NatsUser[]): Promise<NatsWorld> {
    const world = new NatsWorld(await startNats(users ? { users } : {}), users !== undefined);
    // whoever may makes the list of members; all others are agents
    if (users) await (await world.member(FOUNDER)).close();
    return world;
  }

  member: MemberBusWorld['member'] = async (name, settings = {}) => {
    const options = { role: 'agent', clock: this.clock, random: this.#random, ...settings, name };
    const member = await BusMember.open(await this.#transport(name), options);
    this.#open.push(member);
    return member;
  };

  raw: MemberBusWorld['raw'] = async (name) => {
    const transport = await this.#transport(name);
    await transport.open(
      { name, role: 'agent', incarnation: '0aaaaaaaa-raw' },
      {
        onFrame: () => undefined,
        onEnvelope: () => undefined,
        onMembers: () => undefined,
        onMembership: () => undefined,
        onConnection: () => undefined,
        onUndeliverable: () => undefined,
        onLost: () => undefined,
      },
    );
    const member: RawMember = {
      name,
      send: (channel, text, to) => {
        try {
          transport.send({ channel, text, ...(to === undefined ? {} : { to }) });
        } catch {
          // longer than the server takes
          this.#refused += 1;
        }
      },
      close: () => transport.close(),
    };
    this.#open.push(member);
    return member;
  };

  refusedOnTheWay(): number {
    return this.#refused;
  }
  cut(name: string): void {
    this.#ways.get(name)?.cut();
  }
  mend(name: string): void {
    this.#ways.get(name)?.mend();
  }
  kill(name: string): void {
    this.cut(name);
    // a new life of it has a way of its own
    this.#ways.delete(name);
  }

  async restart(): Promise<void> {
    await this.#nats.kill();
    await this.#nats.start();
  }

  async close(): Promise<void> {
    await Promise.all(this.#open.map((member) => member.close()));
    await Promise.all(this.#all.map((way) => way.stop()));
    await this.#nats.stop();
  }

  async #transport(name: string): Promise<NatsTransport> {
    const way = this.#ways.get(name) ?? (await cuttablePort(this.#nats.port));
    this.#ways.set(name, way);
    this.#all.push(way);
    return new NatsTransport({
      servers: [`127.0.0.1:${way.port}`],
      clock: this.clock,
      everyMs: EVERY_MS,
      ...(this.#secure && { credentials: await this.#nats.identify(name) }),
    });
  }
}

const NAMES = ['alice', 'bob', 'carol', 'dave', 'eve', 'frank', 'mallory', 'manager', 'host1', 'host2', 'host.3'];
const USERS: readonly NatsUser[] = [
  { name: FOUNDER, kind: 'manager' },
  ...NAMES.map((name) => ({ name, kind: 'manager' as const })),
];

describe('NATS', () => {
  before(function () {
    skipWithoutNats(this);
  });
  memberBusContract('the bus over NATS', () => NatsWorld.create());
  memberBusContract('the bus over NATS with certificates', () => NatsWorld.create(USERS));

  it('goes on through a restart of the server under traffic: in order, nothing twice, nothing of what waited lost', async function () {
    this.timeout(30_000);
    const world = await NatsWorld.create(USERS);
    let traffic: NodeJS.Timeout | undefined;
    try {
      const [alice, bob] = [await world.member('alice'), await world.member('bob')];
      const heard: number[] = [];
      bob.subscribe('event', ({ id }) => heard.push(id));
      let published = 0;
      /** The first that was published while alice, or bob, had no connection, and the last. */
      const waited: number[] = [];
      traffic = setInterval(() => {
        published += 1;
        if (!alice.connected) waited.push(published);
        alice.publish('event', event(published));
      }, 2);
      await world.until(() => heard.length > 50, 'traffic flows');
      await world.restart();
      await world.until(() => alice.connected && bob.connected, 'both are back');
      const after = published;
      await world.until(() => (heard.at(-1) ?? 0) > after + 50, 'traffic flows again');
      clearInterval(traffic);
      await world.until(() => heard.at(-1) === published, 'the last is heard');
      expect(heard).to.deep.equal([...new Set(heard)].sort((a, b) => a - b));
      expect(waited).to.not.deep.equal([]);
      // bob may have come back after alice: what she sent before he heard again went to nobody
      const first = heard.find((id) => id >= (waited[0] ?? 0)) ?? 0;
      expect(heard.filter((id) => id >= first)).to.have.length(published - first + 1);
      expect(alice.counts.dropped.buffer).to.equal(0);
      expect(bob.counts.dropped).to.include({ replayed: 0, malformed: 0, forged: 0 });
    } finally {
      clearInterval(traffic);
      await world.close();
    }
  });
});
