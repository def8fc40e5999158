import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WebSocket } from 'ws';
import { readCredentials, type Credentials } from '../../core/bus/credentials.js';
import { BusMember } from '../../core/bus/member.js';
import { BUS_PATH, WebSocketHub, WebSocketTransport } from '../../core/bus/websocket/index.js';
import { SystemClock } from '../../core/model/clock.js';
import { SeededRandom } from '../../core/model/random.js';
import { PkiFolder } from '../../core/pki/index.js';
import { TcpGate } from '../support/tcp-gate.js';
import { busContract } from './bus.contract.js';
import { memberBusContract } from './member-bus.contract.js';
import { REAL_TIME, type MemberBusWorld, type RawMember } from './member-bus.world.js';

const GRACE_MS = 400;
const clock = new SystemClock();

/** Who may have which certificate; absent: a bus without TLS. */
interface Certificates {
  readonly hub: Credentials;
  of(name: string): Promise<Credentials>;
}

async function webSocketWorld(certificates?: Certificates): Promise<MemberBusWorld> {
  const scheme = certificates ? 'wss' : 'ws';
  const hubs: WebSocketHub[] = [];
  const startHub = async (port: number) => {
    const hub = new WebSocketHub({ clock, graceMs: GRACE_MS, answerMs: 500 });
    hubs.push(hub);
    return Number(new URL((await hub.listen('127.0.0.1', port, certificates?.hub)).url).port);
  };
  const port = await startHub(0);
  const random = new SeededRandom(7);
  /** Each member has a way of its own, that can be broken; the last one of a name is meant. */
  const gates = new Map<string, TcpGate>();
  const ended: (() => Promise<void>)[] = [];

  return {
    ...REAL_TIME,
    graceMs: GRACE_MS,
    member: async (name, settings = {}) => {
      const gate = new TcpGate(() => port);
      ended.push(() => gate.close());
      const credentials = await certificates?.of(name);
      const transport = new WebSocketTransport({
        url: `${scheme}://127.0.0.1:${await gate.open()}`,
        clock: settings.clock ?? clock,
        random,
        retryMs: [20, 200],
        ...(credentials ? { credentials } : {}),
      });
      const member = await BusMember.open(transport, {
        name,
        role: 'agent',
        clock,
        random,
        graceMs: GRACE_MS,
        ...settings,
      });
      ended.push(() => member.close());
      gates.set(name, gate);
      return member;
    },
    raw: async (name) => {
      const raw = await rawMember(`${scheme}://127.0.0.1:${port}`, name, await certificates?.of(name));
      ended.push(() => raw.close());
      return raw;
    },
    refusedOnTheWay: () => hubs.reduce((sum, hub) => sum + hub.counts.oversized, 0),
    cut: (name) => gates.get(name)?.cut(),
    mend: (name) => gates.get(name)?.mend(),
    kill: (name) => gates.get(name)?.cut(),
    restart: async () => {
      await hubs.at(-1)?.close();
      await REAL_TIME.pass(100);
      await startHub(port);
    },
    close: async () => {
      for (const end of ended.reverse()) await end();
      for (const hub of hubs) await hub.close();
    },
  };
}

async function rawMember(url: string, name: string, credentials: Credentials | undefined): Promise<RawMember> {
  const socket = new WebSocket(`${url}${BUS_PATH}`, {
    ...(credentials ? { ca: credentials.authority, cert: credentials.certificate, key: credentials.key } : {}),
  });
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject);
    socket.once('open', () => {
      const hello = { v: 1, name, role: 'agent', incarnation: '0aaaaaaaa-raw', channels: [], watch: false };
      socket.send(`hello\n${JSON.stringify(hello)}`);
    });
    socket.once('message', () => resolve());
  });
  return {
    name,
    send: (channel, text, to) => socket.send(`${to === undefined ? `pub ${channel}` : `to ${channel} ${to}`}\n${text}`),
    close: () =>
      new Promise((resolve) => {
        socket.once('close', () => resolve());
        socket.terminate();
        if (socket.readyState === WebSocket.CLOSED) resolve();
      }),
  };
}

memberBusContract('a bus over WebSockets', () => webSocketWorld());

describe('with certificates', function () {
  this.timeout(30_000);
  let folder: string;
  let certificates: Certificates;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'attitune-bus-'));
    const now = new Date();
    const authority = await PkiFolder.init(folder, { name: 'CA of a test' }, now);
    const hub = await authority.issueHost('hub', { alternatives: ['127.0.0.1'] }, now);
    const issued = new Map<string, Promise<Credentials>>();
    const issue = async (name: string) =>
      readCredentials((await authority.issueClient(name, {}, now)).folder, 'client', now);
    certificates = {
      hub: await readCredentials(hub.folder, 'server', now),
      of: (name) => {
        // a name that cannot be one is refused by the member itself
        const known = /^[A-Za-z0-9][A-Za-z0-9.-]{0,60}$/.test(name) ? name : 'nobody';
        const credentials = issued.get(known) ?? issue(known);
        issued.set(known, credentials);
        return credentials;
      },
    };
  });
  after(() => rm(folder, { recursive: true, force: true }));

  memberBusContract('a bus over WebSockets with TLS', () => webSocketWorld(certificates));
});

busContract('BusMember over a WebSocket', async (onError) => {
  const hub = new WebSocketHub({ clock });
  const { url } = await hub.listen('127.0.0.1', 0);
  const random = new SeededRandom(1);
  const bus = await BusMember.open(new WebSocketTransport({ url, clock, random }), {
    name: 'alice',
    role: 'manager',
    clock,
    random,
    onError,
  });
  return {
    bus,
    settle: () => REAL_TIME.pass(5),
    close: async () => {
      await bus.close();
      await hub.close();
    },
  };
});
