import { expect } from 'chai';
import { WebSocket } from 'ws';
import { openMemberBus, type MemberBusRequest } from '../../core/app/bus-address.js';
import type { BusMember } from '../../core/bus/member.js';
import { BUS_PATH, WebSocketHub, type HubEvent, type HubOptions } from '../../core/bus/websocket/index.js';
import { BUS_TOKEN } from './bus-token.js';
import { CHALLENGE_HEADER, provenWords } from '../../core/bus/websocket/admission.js';
import { SystemClock } from '../../core/model/clock.js';
import { AttituneError } from '../../core/model/errors.js';

/** What a promise rejects with. */
export async function refusal(promise: Promise<unknown>): Promise<AttituneError> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).to.be.instanceOf(AttituneError);
  return error as AttituneError;
}

/** The first frame of a member, as hubs expect it. */
export const hello = (name: string, incarnation = '0a-1') => ({
  v: 1,
  name,
  role: 'agent',
  incarnation,
  channels: ['t:event'],
  watch: false,
});

/** Hubs, members and connections for the tests of one `describe`; all of them end with each test. */
export function hubWorld() {
  const clock = new SystemClock();
  const ended: (() => unknown)[] = [];
  const events: HubEvent[] = [];
  beforeEach(() => void events.splice(0));
  afterEach(async () => {
    for (const end of ended.splice(0).reverse()) await end();
  });

  async function hubAt(options: Partial<HubOptions> = {}) {
    const hub = new WebSocketHub({
      clock,
      graceMs: 300,
      answerMs: 300,
      token: BUS_TOKEN,
      onEvent: (seen) => events.push(seen),
      ...options,
    });
    ended.push(() => hub.close());
    const { url } = await hub.listen('127.0.0.1', 0);
    return { hub, url };
  }

  async function join(address: string, name: string, more: Partial<MemberBusRequest> = {}): Promise<BusMember> {
    const member = await openMemberBus({ address, name, role: 'agent', clock, ...more });
    ended.push(() => member.close());
    return member;
  }

  /** A connection that says what it is told to, with a proof of the token where it is a hello, and keeps what it hears. */
  async function raw(url: string, first?: object | string) {
    const socket = new WebSocket(`${url}${BUS_PATH}`);
    let challenge = '';
    socket.on('upgrade', ({ headers }) => (challenge = String(headers[CHALLENGE_HEADER])));
    ended.push(() => socket.terminate());
    const heard: string[] = [];
    const closed = new Promise<number>((resolve) => socket.on('close', resolve));
    socket.on('message', (data: Buffer) => heard.push(data.toString()));
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
    if (typeof first === 'string') socket.send(first);
    else if (first) {
      const said = { nonce: 'of-a-test', ...(first as ReturnType<typeof hello>) };
      const proof = BUS_TOKEN.proof('member', provenWords(challenge, Number(new URL(url).port), said));
      socket.send(`hello\n${JSON.stringify({ proof, ...said })}`);
    }
    return { socket, heard, closed };
  }

  return { clock, ended, events, hubAt, join, raw };
}
