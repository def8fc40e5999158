import { AttituneError } from '../../model/errors.js';
import type { Member } from '../../model/member-bus.js';
import type { Channel, Frame, Transport, TransportHandlers } from '../transport.js';
import { HubClient } from './hub-client.js';
import type { Link, Session } from './session.js';
import type { Sessions } from './sessions.js';
import { HELLO, readRest } from './wire.js';

/** The way of a member to a hub in its own process: the same frames, without a socket. */
export class LocalTransport implements Transport {
  readonly #sessions: Sessions;
  #client: HubClient | undefined;
  #session: Session | undefined;
  #link: LocalLink | undefined;

  constructor(sessions: Sessions) {
    this.#sessions = sessions;
  }

  get connected(): boolean {
    return this.#link?.open === true;
  }

  async open(member: Member, handlers: TransportHandlers): Promise<void> {
    const client = new HubClient(member, handlers);
    const link = new LocalLink(
      (data) => client.take(data),
      () => handlers.onConnection({ connected: false, reason: new AttituneError('bus', 'The hub ended.') }),
    );
    const hello = readRest(HELLO, client.hello().slice('hello\n'.length));
    if (!hello)
      throw new AttituneError(
        'value',
        `${member.name} cannot join as ${JSON.stringify(member.role)}: a role is a word.`,
      );
    this.#session = await this.#sessions.join(hello, link);
    this.#client = client;
    this.#link = link;
  }

  listen(channel: Channel): void {
    this.#give(this.#client?.listen(channel));
  }
  unlisten(channel: Channel): void {
    this.#give(this.#client?.unlisten(channel));
  }
  watch(): void {
    this.#give(this.#client?.watch());
  }
  send(frame: Frame): void {
    this.#give(this.#client?.frame(frame));
  }

  close(): Promise<void> {
    if (this.connected) {
      this.#give('bye\n');
      this.#link?.end();
    }
    return Promise.resolve();
  }

  #give(frame: string | undefined): void {
    if (frame !== undefined && this.connected && this.#session) this.#sessions.frame(this.#session, Buffer.from(frame));
  }
}

/** What the hub sends is delivered a little later, in its order, so that nobody hears anything while it still speaks. */
class LocalLink implements Link {
  readonly place = 'this very process';
  open = true;
  readonly #take: (data: Buffer) => void;
  readonly #onCut: () => void;
  #waiting: Buffer[] = [];
  buffered = 0;

  constructor(take: (data: Buffer) => void, onCut: () => void) {
    this.#take = take;
    this.#onCut = onCut;
  }

  send(data: Buffer): void {
    if (!this.open) return;
    this.#waiting.push(data);
    this.buffered += data.length;
    if (this.#waiting.length === 1) setImmediate(() => this.#deliver());
  }

  answers(): Promise<boolean> {
    return Promise.resolve(this.open);
  }

  cut(): void {
    if (!this.open) return;
    this.open = false;
    this.#onCut();
  }

  end(): void {
    this.open = false;
  }

  #deliver(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    this.buffered = 0;
    for (const data of waiting) this.#take(data);
  }
}
