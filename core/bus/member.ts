import type { Topic, Topics } from '../model/bus.js';
import type { Clock } from '../model/clock.js';
import { AttituneError } from '../model/errors.js';
import type { Subscription } from '../model/hypervisor.js';
import {
  MAX_MESSAGE_BYTES,
  type BusConnection,
  type BusCounts,
  type Member,
  type MemberBus,
  type MembershipChange,
  type RequestOptions,
} from '../model/member-bus.js';
import type { Question, Questions } from '../model/messages.js';
import type { Random } from '../model/random.js';
import { Asking } from './asking.js';
import { Counts } from './counts.js';
import {
  encodeBody,
  encodeEnvelope,
  incarnationAt,
  MEMBER_NAME,
  WIRE_VERSION,
  type Envelope,
  type EnvelopeHead,
  type EnvelopeKind,
} from './envelope.js';
import { channelOf, Guard, type Judgement } from './guard.js';
import { Listeners, warnOfListener, type ListenerErrorHandler, type TopicListener } from './listeners.js';
import { Outbox, OUTBOX_BOUNDS, type OutboxBounds, type Outgoing } from './outbox.js';
import { Responders, refusal, type Response } from './responders.js';
import { RETURN_GRACE_MS, Roster } from './roster.js';
import type { Frame, Transport } from './transport.js';

export interface BusMemberOptions {
  /** {@link MEMBER_NAME}; with certificates the one in its own. */
  readonly name: string;
  readonly role: string;
  readonly clock: Clock;
  /** Tells apart lives of the member that begin in the same millisecond. */
  readonly random: Random;
  /** Told of each listener that threw; by default it is a warning of the process. */
  readonly onError?: ListenerErrorHandler;
  /** What may wait while there is no connection; default {@link OUTBOX_BOUNDS}. */
  readonly outbox?: OutboxBounds;
  /** How long others may take to return after a lost connection; default {@link RETURN_GRACE_MS}. */
  readonly graceMs?: number;
  /** False believes whatever comes, for simulations of many thousands of members within one process. */
  readonly checks?: boolean;
}

/**
 * A `MemberBus` over any {@link Transport}.
 *
 * While there is no connection, what is published, asked and answered waits in its order, within a bound; above it the
 * oldest is dropped and counted as `buffer`. It is numbered and gets its time when it is really sent. A question that
 * waits so is withdrawn when its time-out is over: it is not sent any more. Messages that were on their way when the
 * connection broke may be lost, and none arrives twice.
 *
 * A message above the limit reaches the listeners of this member, is not sent, and counts as `oversized`; a question
 * rejects with `value`, and an answer becomes the refusal `value`.
 */
export class BusMember implements MemberBus {
  readonly member: Member;
  readonly #transport: Transport;
  readonly #clock: Clock;
  readonly #checks: boolean;
  readonly #counts = new Counts();
  readonly #guard = new Guard();
  readonly #listeners: Listeners;
  readonly #outbox: Outbox;
  readonly #roster: Roster;
  readonly #asking: Asking;
  readonly #responders = new Responders();
  readonly #connectionListeners = new Set<{ readonly call: (change: BusConnection) => void }>();
  #sequence = 0;
  #closing: Promise<void> | undefined;

  /** Joins. Rejects with `value` for a name that cannot be, and as `Transport.open`. */
  static async open(transport: Transport, options: BusMemberOptions): Promise<BusMember> {
    if (!MEMBER_NAME.test(options.name))
      throw new AttituneError(
        'value',
        `${JSON.stringify(options.name)} cannot be the name of a member of the bus: use letters, digits and . _ -, at most 63, beginning with a letter or digit.`,
      );
    const member = new BusMember(transport, options);
    await member.#open();
    return member;
  }

  private constructor(transport: Transport, options: BusMemberOptions) {
    const { name, role, clock, random } = options;
    this.member = { name, role, incarnation: incarnationAt(clock.now(), random.next()) };
    this.#transport = transport;
    this.#clock = clock;
    this.#checks = options.checks ?? true;
    this.#listeners = new Listeners(options.onError);
    this.#outbox = new Outbox(options.outbox ?? OUTBOX_BOUNDS, (dropped) => this.#noRoom(dropped));
    this.#roster = new Roster(this.member, clock, options.graceMs ?? RETURN_GRACE_MS);
    this.#asking = new Asking(clock, this.member.incarnation, {
      ask: (question, body, id, to) => this.#send({ kind: 'ask', name: question, id, ...addressee(to) }, body),
      withdraw: (id) => this.#outbox.withdraw(id),
    });
  }

  get name(): string {
    return this.member.name;
  }
  get connected(): boolean {
    return this.#transport.connected;
  }
  get counts(): BusCounts {
    return this.#counts.copy();
  }

  publish<T extends Topic>(topic: T, message: Topics[T], to?: string): void {
    if (to !== this.name) this.#send({ kind: 'tell', name: topic, ...addressee(to) }, message);
    if (to === undefined || to === this.name) this.#listeners.deliver(topic, message, this.name);
  }

  subscribe<T extends Topic>(topic: T, listener: TopicListener<T>): Subscription {
    this.#transport.listen(`t:${topic}`);
    return this.#listeners.add(topic, listener, () => this.#transport.unlisten(`t:${topic}`));
  }

  async request<Q extends Question>(
    to: string,
    question: Q,
    body: Questions[Q]['asks'],
    options: RequestOptions,
  ): Promise<Questions[Q]['answers']> {
    if (!MEMBER_NAME.test(to))
      throw new AttituneError('no-answer', `${JSON.stringify(to)} is no name of a member of the bus.`);
    const own = to === this.name ? () => this.#responders.answer(question, body, to) : undefined;
    return (await this.#asking.one(to, question, body, options, own)) as Questions[Q]['answers'];
  }

  async requestMany<Q extends Question>(
    question: Q,
    body: Questions[Q]['asks'],
    options: RequestOptions & { readonly atMost?: number },
  ): Promise<readonly { readonly from: string; readonly answer: Questions[Q]['answers'] }[]> {
    const own = this.#responders.has(question)
      ? async () => ({ from: this.name, answer: await this.#responders.answer(question, body, this.name) })
      : undefined;
    const given = await this.#asking.many(question, body, options, own);
    return given as readonly { readonly from: string; readonly answer: Questions[Q]['answers'] }[];
  }

  respond<Q extends Question>(
    question: Q,
    responder: (body: Questions[Q]['asks'], from: string) => Questions[Q]['answers'] | Promise<Questions[Q]['answers']>,
  ): Subscription {
    const subscription = this.#responders.add(question, responder, () => this.#transport.unlisten(`q:${question}`));
    this.#transport.listen(`q:${question}`);
    return subscription;
  }

  onMembership(listener: (change: MembershipChange) => void): Subscription {
    const subscription = this.#roster.add(listener);
    this.#transport.watch();
    return subscription;
  }

  onConnection(listener: (change: BusConnection) => void): Subscription {
    const entry = { call: listener };
    this.#connectionListeners.add(entry);
    return { unsubscribe: () => void this.#connectionListeners.delete(entry) };
  }

  close(): Promise<void> {
    this.#closing ??= this.#leave();
    return this.#closing;
  }

  #open(): Promise<void> {
    return this.#transport.open(this.member, {
      onFrame: (channel, text, sender) =>
        this.#receive(this.#guard.judge(channel, text, sender, this.#clock.now()), sender),
      onEnvelope: (channel, envelope, sender) => {
        if (!this.#checks) this.#take(envelope);
        else this.#receive(this.#guard.judgeEnvelope(channel, envelope, sender, this.#clock.now()), sender);
      },
      onMembers: (members) => this.#roster.all(members),
      onMembership: (change) => this.#roster.changed(change),
      onConnection: (change) => this.#connection(change),
      onUndeliverable: (to, id) => this.#asking.undeliverable(to, id),
      onLost: (frames, why) => this.#counts.drop('buffer', { at: this.#clock.now(), why }, frames),
    });
  }

  async #leave(): Promise<void> {
    this.#asking.close(new AttituneError('bus', `${this.name} has left the bus.`));
    this.#roster.disconnected();
    await this.#transport.close();
  }

  #receive(judgement: Judgement, sender: string | undefined): void {
    if ('envelope' in judgement) {
      this.#take(judgement.envelope);
      return;
    }
    const { reason, why, from = sender, envelope } = judgement.refused;
    this.#counts.drop(reason, { at: this.#clock.now(), why, ...(from === undefined ? {} : { from }) });
    if (envelope?.kind === 'ask')
      this.#answer(envelope, refusal(new AttituneError('protocol', `${this.name} did not understand it: ${why}.`)));
    else if (envelope && envelope.kind !== 'tell') this.#asking.spoiled(envelope, why);
  }

  #take(envelope: Envelope): void {
    const { kind, name, from, body } = envelope;
    this.#counts.received += 1;
    if (kind === 'tell') this.#listeners.deliver(name as Topic, body, from);
    else if (kind === 'ask')
      void this.#responders.respond(name as Question, body, from).then((response) => this.#answer(envelope, response));
    else this.#asking.take(envelope);
  }

  #answer({ name, id = '', from }: Envelope, { kind, body }: Response): void {
    if (this.#send({ kind, name, id, to: from }, body)) return;
    const tooLong = new AttituneError('value', `The answer of ${this.name} to ${name} is too long for the bus.`);
    this.#send({ kind: 'refuse', name, id, to: from }, refusal(tooLong).body);
  }

  /** False where it is too long. */
  #send(head: Omit<Outgoing, 'bodyText' | 'body'>, body: unknown): boolean {
    if (this.#closing) return true;
    if (this.#transport.byReference === true) {
      const { kind, name, to, id } = head;
      if (this.#outbox.length === 0 && this.#transport.connected) this.#transmit(kind, name, to, id, '', body);
      else this.#outbox.add({ ...head, bodyText: '', body });
      return true;
    }
    const bodyText = encodeBody(body);
    if (
      bodyText.length * 3 + HEAD_BYTES > MAX_MESSAGE_BYTES &&
      Buffer.byteLength(bodyText) + HEAD_BYTES > MAX_MESSAGE_BYTES
    ) {
      const why = `${head.kind} ${head.name} is longer than ${MAX_MESSAGE_BYTES} bytes and was not sent`;
      this.#counts.drop('oversized', { at: this.#clock.now(), from: this.name, why });
      return false;
    }
    const { kind, name, to, id } = head;
    if (this.#outbox.length === 0 && this.#transport.connected) this.#transmit(kind, name, to, id, bodyText, undefined);
    else this.#outbox.add({ ...head, bodyText });
    return true;
  }

  /** Millions of frames are made here in a simulation, so that nothing is copied. */
  #transmit(
    kind: EnvelopeKind,
    name: string,
    to: string | undefined,
    id: string | undefined,
    bodyText: string,
    body: unknown,
  ): void {
    this.#sequence += 1;
    this.#counts.sent += 1;
    const { name: from, incarnation: inc } = this.member;
    const seq = this.#sequence;
    const at = this.#clock.now();
    const frame: Writable<Frame> = { channel: channelOf(kind, name), text: '' };
    if (to !== undefined) frame.to = to;
    if (kind === 'ask' && to !== undefined && id !== undefined) frame.id = id;
    const head: EnvelopeHead & { body?: unknown } =
      id === undefined
        ? { v: WIRE_VERSION, from, inc, seq, at, kind, name }
        : { v: WIRE_VERSION, from, inc, seq, at, kind, name, id };
    if (this.#transport.byReference === true) {
      head.body = body;
      frame.envelope = head as Envelope;
    } else frame.text = encodeEnvelope(head, bodyText);
    this.#transport.send(frame);
  }

  #connection(change: BusConnection): void {
    if (change.connected) {
      while (this.#transport.connected) {
        const next = this.#outbox.take();
        if (!next) break;
        this.#transmit(next.kind, next.name, next.to, next.id, next.bodyText, next.body);
      }
    } else this.#roster.disconnected();
    for (const entry of [...this.#connectionListeners]) {
      if (!this.#connectionListeners.has(entry)) continue;
      try {
        entry.call(change);
      } catch (error) {
        warnOfListener(error, 'connection');
      }
    }
  }

  #noRoom({ kind, name, to }: Outgoing): void {
    const why = `a ${kind} of ${name}${to === undefined ? '' : ` to ${to}`} found no room while there was no connection`;
    this.#counts.drop('buffer', { at: this.#clock.now(), from: this.name, why });
  }
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** Room for all of an envelope but its body. */
const HEAD_BYTES = 512;

function addressee(to: string | undefined): { readonly to?: string } {
  return to === undefined ? {} : { to };
}
