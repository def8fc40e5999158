import { errors, type Msg, type NatsConnection, type Status, type Subscription } from '@nats-io/transport-node';
import { delay, type Clock, type TimerHandle } from '../../model/clock.js';
import { AttituneError } from '../../model/errors.js';
import type { Member } from '../../model/member-bus.js';
import type { Channel, Frame, Transport, TransportHandlers } from '../transport.js';
import { checkServer, connectionError, connectToNats, type NatsServers } from './connection.js';
import { MemberTable } from './member-table.js';
import { isNobody, MemberRegistry } from './registry.js';
import {
  everythingTo,
  inboxOf,
  lifeOf,
  nameOf,
  readSubject,
  spaceOf,
  toAll,
  tokenOf,
  toOne,
  type Space,
} from './subjects.js';

export interface NatsTransportOptions extends NatsServers {
  readonly clock: Clock;
  /** Default `main`: several systems on one server are in spaces of their own. */
  readonly space?: string;
  /** How often members renew themselves, where this one is the first; a silent one has failed after three times this. */
  readonly everyMs?: number;
}

const EVERY_MS = 5000;
/** How often joining is tried again while the server is there but does not let this member in. */
const AGAIN_MS = 500;
/** After a restart of the server, how long the others may take to be there before what waited is sent to them. */
const RETURN_MS = 1500;
/** How long {@link NatsTransport.open} tries while the bus has no members yet and this one may not be the first. */
const PATIENCE_MS = 10_000;

/**
 * Carries frames over a NATS server with JetStream (2.9 or later). The carrier's word for a sender is the token in the
 * subject, see `subjects.ts`: it is worth as much as the server's permissions, which `serverConfiguration` writes.
 */
export class NatsTransport implements Transport {
  readonly #options: NatsTransportOptions;
  readonly #space: Space;
  readonly #clock: Clock;
  readonly #listening = new Map<Channel, Subscription | undefined>();
  readonly #table: MemberTable;
  #member!: Member;
  #handlers!: TransportHandlers;
  #connection: NatsConnection | undefined;
  #registry!: MemberRegistry;
  #connected = false;
  #opened = false;
  #closed = false;
  #watching = false;
  #watch: Subscription | undefined;
  /** Of the present connection: what was begun for a former one ends by itself. */
  #era = 0;
  /** The run of the server that it was on. */
  #server: string | undefined;
  /** Why it was not let in again, told once. */
  #refusal: string | undefined;
  #renewal: TimerHandle;
  #retry: TimerHandle;

  constructor(options: NatsTransportOptions) {
    this.#options = options;
    this.#space = spaceOf(options.space);
    this.#clock = options.clock;
    this.#table = new MemberTable(options.clock, {
      onChange: (change) => this.#handlers.onMembership(change),
      onLate: (member) => void this.#ask(member),
    });
  }

  get connected(): boolean {
    return this.#connected;
  }

  async open(member: Member, handlers: TransportHandlers): Promise<void> {
    this.#member = member;
    this.#handlers = handlers;
    const connection = await connectToNats(this.#options, member.name);
    this.#connection = connection;
    this.#registry = new MemberRegistry(connection, this.#space, member, this.#clock);
    try {
      this.#hear(connection);
      const until = this.#clock.now() + PATIENCE_MS;
      for (;;) {
        try {
          await this.#join(this.#era);
          break;
        } catch (error) {
          if (!AttituneError.is(error, 'bus') || this.#clock.now() >= until || connection.isClosed()) throw error;
          await delay(this.#clock, AGAIN_MS);
        }
      }
    } catch (error) {
      await this.close();
      throw error;
    }
    this.#opened = true;
    void this.#follow(connection.status());
  }

  listen(channel: Channel): void {
    if (!this.#listening.has(channel)) this.#listening.set(channel, this.#subscribe(channel));
  }

  unlisten(channel: Channel): void {
    this.#listening.get(channel)?.unsubscribe();
    this.#listening.delete(channel);
  }

  watch(): void {
    if (this.#watching) return;
    this.#watching = true;
    if (this.#connected) void this.#tellMembers(this.#era);
  }

  send({ channel, to, id, text }: Frame): void {
    const { name } = this.#member;
    const subject = to === undefined ? toAll(this.#space, name, channel) : toOne(this.#space, name, to, channel);
    // the server answers there only where nobody hears it
    const reply = to !== undefined && id !== undefined ? `${inboxOf(name)}.none.${tokenOf(to)}.${id}` : undefined;
    this.#connection?.publish(subject, text, reply === undefined ? {} : { reply });
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    const connected = this.#connected;
    this.#disconnect();
    const connection = this.#connection;
    if (!connection || connection.isClosed()) return;
    if (!connected) return connection.close();
    // one that cannot say good-bye is noticed by its silence
    await this.#registry.leave().catch(() => undefined);
    await connection.drain().catch(() => connection.close());
  }

  /** What a member hears, for as long as the connection is made again. */
  #hear(connection: NatsConnection): void {
    const { name, incarnation } = this.#member;
    connection.subscribe(everythingTo(this.#space, name), { callback: this.#onMessage });
    connection.subscribe(`${inboxOf(name)}.none.*.*`, { callback: this.#onNobody });
    // only whether it is there matters
    connection.subscribe(lifeOf(this.#space, '*', name, incarnation), { callback: () => undefined });
    for (const channel of this.#listening.keys()) this.#listening.set(channel, this.#subscribe(channel));
  }

  #subscribe(channel: Channel): Subscription | undefined {
    return this.#connection?.subscribe(toAll(this.#space, '*', channel), { callback: this.#onMessage });
  }

  /** Takes its name and begins to be connected; false where the connection was lost meanwhile. */
  async #join(era: number): Promise<boolean> {
    const connection = this.#connection as NatsConnection;
    await this.#registry.open(this.#options.everyMs ?? EVERY_MS);
    await this.#registry.claim();
    await connection.flush();
    if (era !== this.#era) return false;
    this.#renewLater(era);
    const server = connection.info?.server_id;
    if (this.#server !== undefined && server !== this.#server) {
      await delay(this.#clock, RETURN_MS);
      if (era !== this.#era) return false;
    }
    this.#server = server;
    this.#connected = true;
    this.#refusal = undefined;
    if (this.#watching) void this.#tellMembers(era);
    return true;
  }

  #renewLater(era: number): void {
    this.#renewal = this.#clock.setTimeout(() => void this.#renew(era), this.#registry.everyMs);
  }

  async #renew(era: number): Promise<void> {
    // a server that does not answer is asked again; where the connection was lost this ends by itself
    const held = await this.#registry.renew().catch(() => true);
    if (era !== this.#era) return;
    if (held) {
      this.#renewLater(era);
      return;
    }
    this.#lost(new AttituneError('name-taken', `The name ${this.#member.name} is not this member's any more.`));
    await this.#rejoin(this.#era);
  }

  async #tellMembers(era: number): Promise<void> {
    this.#watch?.unsubscribe();
    const heard: Parameters<Parameters<MemberRegistry['watch']>[0]>[0][] = [];
    let told = false;
    const note = ({ name, member }: (typeof heard)[number]) => {
      if (member) this.#table.heard(member);
      else this.#table.left(name);
    };
    // first hear, then read: nobody comes or goes in between
    this.#watch = this.#registry.watch((news) => {
      if (!told) heard.push(news);
      else if (era === this.#era) note(news);
    });
    try {
      const members = await this.#registry.members();
      if (era !== this.#era) return;
      this.#handlers.onMembers(members);
      this.#table.resume(members, this.#registry.everyMs);
      told = true;
      heard.forEach(note);
    } catch {
      if (era === this.#era)
        this.#retry = this.#clock.setTimeout(() => void (era === this.#era && this.#tellMembers(era)), AGAIN_MS);
    }
  }

  /** The server knows whether a member that is late still has a connection. */
  async #ask(member: Member): Promise<void> {
    const there = await this.#registry.isThere(member).catch(() => true);
    if (!there && this.#connected) this.#table.failed(member, 'its connection was lost');
  }

  async #follow(events: AsyncIterable<Status>): Promise<void> {
    const where = this.#options.servers.join(', ');
    for await (const event of events) {
      if (event.type === 'disconnect') {
        this.#lost(new AttituneError('bus', `The connection to the NATS server at ${where} was lost.`));
      } else if (event.type === 'reconnect') {
        this.#era += 1;
        void this.#rejoin(this.#era);
      } else if (event.type === 'error') this.#refused(event.error);
      else if (event.type === 'close') break;
    }
    if (!this.#closed) this.#lost(new AttituneError('bus', `The connection to the NATS server at ${where} has ended.`));
  }

  /** Until it succeeds, or the connection is lost again. */
  async #rejoin(era: number): Promise<void> {
    const connection = this.#connection as NatsConnection;
    const where = this.#options.servers.join(', ');
    if (era !== this.#era) return;
    try {
      checkServer(connection, where, this.#options.token);
      if (await this.#join(era)) this.#handlers.onConnection({ connected: true });
    } catch (error) {
      if (era !== this.#era) return;
      const reason = connectionError(error, where, this.#member.name, this.#options);
      if (reason.message !== this.#refusal) this.#handlers.onConnection({ connected: false, reason });
      this.#refusal = reason.message;
      this.#retry = this.#clock.setTimeout(() => void this.#rejoin(era), AGAIN_MS);
    }
  }

  #lost(reason: AttituneError): void {
    const was = this.#connected;
    this.#disconnect();
    if (was) this.#handlers.onConnection({ connected: false, reason });
  }

  #disconnect(): void {
    this.#era += 1;
    this.#connected = false;
    this.#clock.clearTimeout(this.#renewal);
    this.#clock.clearTimeout(this.#retry);
    this.#table.pause();
  }

  /** The server took a frame for none that this member may send. */
  #refused(error: Error): void {
    if (error instanceof errors.PermissionViolationError && error.subject.startsWith(`attitune.${this.#space.name}.`))
      this.#handlers.onLost(1, `the NATS server does not permit ${error.operation} of ${error.subject}`);
  }

  readonly #onMessage = (error: Error | null, message: Msg): void => {
    // before its name is its own, what comes may be for another one of that name
    if (error || !(this.#connected || this.#opened)) return;
    const { sender, channel } = readSubject(message.subject);
    this.#handlers.onFrame(channel, message.string(), sender);
  };

  readonly #onNobody = (error: Error | null, message: Msg): void => {
    if (error || !isNobody(message)) return;
    const [to = '', id = ''] = message.subject.split('.').slice(-2);
    this.#handlers.onUndeliverable(nameOf(to), id);
  };
}
