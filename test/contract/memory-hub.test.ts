import { BusMember } from '../../core/bus/member.js';
import { MemoryHub } from '../../core/bus/memory-hub.js';
import type { Transport } from '../../core/bus/transport.js';
import { SimulatedClock } from '../../core/model/clock.js';
import { SeededRandom } from '../../core/model/random.js';
import { busContract } from './bus.contract.js';
import { memberBusContract } from './member-bus.contract.js';
import { simulatedTime, type MemberBusWorld, type RawMember } from './member-bus.world.js';

const GRACE_MS = 500;

/** `delayed`: frames take between 1 and 40 ms, seeded. */
function memoryWorld(delayed: boolean): MemberBusWorld {
  const clock = new SimulatedClock(1_700_000_000_000);
  const random = new SeededRandom(7);
  const hub = new MemoryHub({
    clock,
    graceMs: GRACE_MS,
    delayMs: delayed ? { least: 1, most: 40, random: new SeededRandom(1) } : 0,
  });
  const members: BusMember[] = [];
  return {
    ...simulatedTime(clock),
    graceMs: GRACE_MS,
    member: async (name, settings = {}) => {
      const member = await BusMember.open(hub.transport(), {
        name,
        role: 'agent',
        clock,
        random,
        graceMs: GRACE_MS,
        ...settings,
      });
      members.push(member);
      return member;
    },
    raw: (name) => rawMember(hub.transport(), name),
    refusedOnTheWay: () => 0,
    cut: (name) => hub.disconnect(name),
    mend: (name) => hub.reconnect(name),
    kill: (name) => hub.kill(name),
    restart: async () => {
      hub.stop();
      await clock.advance(200);
      hub.start();
    },
    close: async () => {
      await Promise.all(members.map((member) => member.close()));
    },
  };
}

async function rawMember(transport: Transport, name: string): Promise<RawMember> {
  const nothing = () => undefined;
  await transport.open(
    { name, role: 'agent', incarnation: '0aaaaaaaa-raw' },
    {
      onFrame: nothing,
      onEnvelope: nothing,
      onMembers: nothing,
      onMembership: nothing,
      onConnection: nothing,
      onUndeliverable: nothing,
      onLost: nothing,
    },
  );
  return {
    name,
    send: (channel, text, to) => transport.send({ channel, text, ...(to === undefined ? {} : { to }) }),
    close: () => transport.close(),
  };
}

memberBusContract('a bus in memory', () => Promise.resolve(memoryWorld(false)));
memberBusContract('a bus in memory with delays', () => Promise.resolve(memoryWorld(true)));

busContract('BusMember', async (onError) => {
  const clock = new SimulatedClock();
  const hub = new MemoryHub({ clock });
  const bus = await BusMember.open(hub.transport(), {
    name: 'alice',
    role: 'manager',
    clock,
    random: new SeededRandom(1),
    onError,
  });
  return { bus, settle: () => clock.advance(10), close: () => bus.close() };
});
