import type { Clock, TimerHandle } from '../../model/clock.js';
import { AttituneError } from '../../model/errors.js';
import { MAX_MESSAGE_BYTES, type Member, type MembershipChange } from '../../model/member-bus.js';
import type { Channel } from '../transport.js';
import { Session, type Link, type SessionBounds } from './session.js';
import { Settling } from './settling.js';
import {
  HUB_PROTOCOL,
  isChannel,
  isMemberName,
  isQuestionId,
  plainMember,
  splitFrame,
  type Hello,
  type Welcome,
} from './wire.js';

/** What a hub that settles may keep at most. */
const MAX_SETTLING_BYTES = 64 * 1024 * 1024;

export interface SessionsOptions extends SessionBounds {
  /** A member may be without a connection for so long before the others are told that it failed. */
  readonly graceMs: number;
  /** How often members are pinged. */
  readonly pingMs: number;
  /** Changes of membership are gathered for so long. */
  readonly gatherMs: number;
  /** So long after its start a hub keeps what it carries for members that come back. */
  readonly settleMs: number;
}

/** What the hub carried, and what it dropped. */
export interface Traffic {
  /** Messages that came in, and that went out: one that many hear goes out often. */
  received: number;
  sent: number;
  /** Frames that were no frames. */
  malformed: number;
  /** Messages above the limit. */
  oversized: number;
  /** Messages for members who were away or read too slowly. */
  slow: number;
  /** Messages to members that are not there. */
  undeliverable: number;
}

export interface SessionsEvents {
  readonly onChange: (change: MembershipChange) => void;
  readonly onDropped: (name: string, why: string) => void;
}

/** The members of a hub: who is there, who listens to what, and the way of each frame. It knows nothing of sockets. */
export class Sessions {
  readonly traffic: Traffic = { received: 0, sent: 0, malformed: 0, oversized: 0, slow: 0, undeliverable: 0 };
  readonly #clock: Clock;
  readonly #options: SessionsOptions;
  readonly #events: SessionsEvents;
  readonly #sessions = new Map<string, Session>();
  readonly #listeners = new Map<Channel, Set<Session>>();
  readonly #graces = new Map<Session, TimerHandle>();
  #changes: MembershipChange[] = [];
  #gathering: TimerHandle;
  #closed = false;
  readonly #settling: Settling;

  constructor(clock: Clock, options: SessionsOptions, events: SessionsEvents) {
    this.#clock = clock;
    this.#options = options;
    this.#events = events;
    this.#settling = new Settling(clock, options.settleMs, MAX_SETTLING_BYTES, (questions) => {
      for (const { from, to = '', id = '' } of questions)
        if (!this.#sessions.has(to)) this.#sessions.get(from)?.send(unknown(to, id));
    });
  }

  get members(): readonly Member[] {
    return [...this.#sessions.values()].map(({ member }) => member);
  }

  /** A member comes, or comes back; `proof` is for its welcome. Rejects with `name-taken` where another one of that name is there and alive. */
  async join(hello: Hello, link: Link, proof?: string): Promise<Session> {
    const member = plainMember(hello);
    await this.#requireFree(member);
    if (this.#closed || !link.open) throw new AttituneError('bus', 'its connection broke.');
    const now = this.#sessions.get(member.name);
    const session =
      now?.member.incarnation === member.incarnation ? now : this.#begin(member, hello.again === true, now);
    session.link?.cut();
    this.#clock.clearTimeout(this.#graces.get(session));
    this.#graces.delete(session);
    session.connect(link);
    for (const channel of [...session.channels]) this.#unlisten(session, channel);
    for (const channel of hello.channels) if (isChannel(channel)) this.#listen(session, channel);
    const welcome: Welcome = {
      v: HUB_PROTOCOL,
      pingMs: this.#options.pingMs,
      ...(proof === undefined ? {} : { proof }),
    };
    link.send(Buffer.from(`welcome\n${JSON.stringify(welcome)}`));
    session.resume();
    if (session !== now && hello.again === true)
      for (const data of this.#settling.missedBy(member.name, session.channels)) this.#send(session, data);
    if (hello.watch) this.#watch(session);
    return session;
  }

  /** A frame of a member: words as in {@link wire}. What is no frame is counted and dropped. */
  frame(session: Session, data: Buffer): 'bye' | undefined {
    const frame = splitFrame(data);
    const [verb = '', channel, to, id] = frame?.words ?? [];
    if (verb === 'bye') {
      this.#end(session, 'left');
      return 'bye';
    }
    if (verb === 'watch') this.#watch(session);
    else if (!frame || !isChannel(channel)) this.#malformed(session);
    else if (verb === 'pub') this.#publish(session, channel, data.subarray(frame.rest));
    else if (verb === 'to' && isMemberName(to))
      this.#tell(session, channel, to, isQuestionId(id) ? id : undefined, data.subarray(frame.rest));
    else if (verb === 'sub') this.#listen(session, channel);
    else if (verb === 'unsub') this.#unlisten(session, channel);
    else this.#malformed(session);
    return undefined;
  }

  /** Its connection is gone; unless it comes back within its grace it has failed. */
  lost(session: Session, link: Link, why: string): void {
    if (session.link !== link) return;
    session.disconnect();
    if (this.#sessions.get(session.member.name) !== session) return;
    this.#graces.set(
      session,
      this.#clock.setTimeout(() => this.#end(session, 'failed', why), this.#options.graceMs),
    );
  }

  /** Again and again: those that could not be told what they missed may be able to hear it now. */
  check(): void {
    for (const session of this.#sessions.values()) session.tellLost();
  }

  close(): void {
    this.#closed = true;
    this.#clock.clearTimeout(this.#gathering);
    this.#settling.end();
    for (const timer of this.#graces.values()) this.#clock.clearTimeout(timer);
    this.#graces.clear();
    for (const session of this.#sessions.values()) session.link?.cut();
    this.#sessions.clear();
    this.#listeners.clear();
  }

  /** Waits until no other life of the member is there that answers. Rejects with `name-taken`. */
  async #requireFree({ name, incarnation }: Member): Promise<void> {
    // while one is asked, another one may come: then that is asked
    for (let silent: Link | undefined; ;) {
      const former = this.#sessions.get(name);
      const held = former?.link;
      if (!held || held === silent || former.member.incarnation === incarnation) return;
      if (!(await held.answers())) silent = held;
      else if (this.#sessions.get(name)?.link === held)
        throw new AttituneError(
          'name-taken',
          `${name} is on the bus already, from ${held.place}: stop that one, or give this one another name.`,
        );
    }
  }

  #begin(member: Member, again: boolean, former: Session | undefined): Session {
    if (former) this.#end(former, 'failed', 'it was begun anew');
    const session = new Session(member, again, this.#options, ({ member: { name } }) =>
      this.#events.onDropped(name, 'it takes in its messages too slowly; what finds no room is dropped'),
    );
    this.#sessions.set(member.name, session);
    this.#change('joined', member);
    return session;
  }

  #end(session: Session, kind: 'left' | 'failed', why?: string): void {
    const { member, link } = session;
    if (this.#sessions.get(member.name) !== session) return;
    this.#sessions.delete(member.name);
    this.#clock.clearTimeout(this.#graces.get(session));
    this.#graces.delete(session);
    for (const channel of session.channels) this.#listeners.get(channel)?.delete(session);
    if (kind === 'failed') link?.cut();
    this.#change(kind, member, why);
  }

  #malformed({ member: { name } }: Session): void {
    this.traffic.malformed += 1;
    this.#events.onDropped(name, 'it sent what is no frame of the bus');
  }

  #listen(session: Session, channel: Channel): void {
    session.channels.add(channel);
    const listeners = this.#listeners.get(channel) ?? new Set();
    this.#listeners.set(channel, listeners.add(session));
  }

  #unlisten(session: Session, channel: Channel): void {
    session.channels.delete(channel);
    this.#listeners.get(channel)?.delete(session);
  }

  #watch(session: Session): void {
    session.watching = false;
    // what is gathered is in the list already
    this.#tellChanges();
    session.watching = true;
    session.send(Buffer.from(`members\n${JSON.stringify(this.members)}`));
  }

  #publish(from: Session, channel: Channel, text: Buffer): void {
    if (!this.#fits(from, text)) return;
    const listeners = this.#listeners.get(channel);
    const settling = from.again && !this.#settling.over;
    if (!listeners && !settling) return;
    const data = message(channel, from, text);
    if (settling) this.#settling.keep({ from: from.member.name, channel, data });
    if (!listeners) return;
    for (const session of listeners) if (session !== from) this.#send(session, data);
  }

  #tell(from: Session, channel: Channel, to: string, id: string | undefined, text: Buffer): void {
    if (!this.#fits(from, text)) return;
    const session = this.#sessions.get(to);
    if (session) {
      this.#send(session, message(channel, from, text));
      return;
    }
    this.traffic.undeliverable += 1;
    if (from.again && !this.#settling.over) {
      const data = message(channel, from, text);
      this.#settling.keep({ from: from.member.name, channel, to, data, ...(id === undefined ? {} : { id }) });
    } else if (id !== undefined) from.send(unknown(to, id));
  }

  #fits({ member: { name } }: Session, text: Buffer): boolean {
    this.traffic.received += 1;
    if (text.length <= MAX_MESSAGE_BYTES) return true;
    this.traffic.oversized += 1;
    this.#events.onDropped(name, `it sent a message of ${text.length} bytes; ${MAX_MESSAGE_BYTES} are allowed`);
    return false;
  }

  #send(session: Session, data: Buffer): void {
    if (session.send(data)) this.traffic.sent += 1;
    else this.traffic.slow += 1;
  }

  #change(kind: MembershipChange['kind'], member: Member, why?: string): void {
    const change = { kind, member, at: this.#clock.now(), ...(why === undefined ? {} : { why }) };
    this.#events.onChange(change);
    this.#changes.push(change);
    if (this.#changes.length === 1)
      this.#gathering = this.#clock.setTimeout(() => this.#tellChanges(), this.#options.gatherMs);
  }

  #tellChanges(): void {
    if (this.#changes.length === 0) return;
    this.#clock.clearTimeout(this.#gathering);
    const data = Buffer.from(`changes\n${JSON.stringify(this.#changes)}`);
    this.#changes = [];
    for (const session of this.#sessions.values()) if (session.watching) session.send(data);
  }
}

function unknown(to: string, id: string): Buffer {
  return Buffer.from(`unknown ${to} ${id}\n`);
}

function message(channel: Channel, from: Session, text: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`msg ${channel} ${from.member.name}\n`, 'latin1'), text]);
}
