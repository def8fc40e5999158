import type { Member } from '../../model/member-bus.js';
import type { Channel, Frame, TransportHandlers } from '../transport.js';
import {
  CHANGES,
  HUB_PROTOCOL,
  isChannel,
  MEMBERS,
  plainMember,
  readRest,
  REFUSED,
  splitFrame,
  WELCOME,
  type Hello,
  type Refused,
  type Welcome,
} from './wire.js';

/** What a frame of the hub meant, where it is not for the member's handlers. */
export type HubWord = { readonly welcome: Welcome } | { readonly refused: Refused } | undefined;

/** The member's side of the hub's protocol: what it wants to hear, and what the hub's frames mean. No sockets. */
export class HubClient {
  readonly #member: Member;
  readonly #handlers: TransportHandlers;
  readonly #channels = new Set<Channel>();
  #watching = false;

  constructor(member: Member, handlers: TransportHandlers) {
    this.#member = member;
    this.#handlers = handlers;
  }

  /** `again`: it had been welcome before. `proven`: that it has the token that the hub asked for. */
  hello(again = false, proven: Pick<Hello, 'nonce' | 'proof'> = {}): string {
    const hello: Hello = {
      v: HUB_PROTOCOL,
      ...plainMember(this.#member),
      channels: [...this.#channels],
      watch: this.#watching,
      ...(again ? { again } : {}),
      ...proven,
    };
    return `hello\n${JSON.stringify(hello)}`;
  }

  /** The frame that tells the hub so, or `undefined` where it knows already. */
  listen(channel: Channel): string | undefined {
    if (this.#channels.has(channel)) return undefined;
    this.#channels.add(channel);
    return `sub ${channel}\n`;
  }

  unlisten(channel: Channel): string | undefined {
    return this.#channels.delete(channel) ? `unsub ${channel}\n` : undefined;
  }

  watch(): string | undefined {
    if (this.#watching) return undefined;
    this.#watching = true;
    return 'watch\n';
  }

  frame({ channel, to, id, text }: Frame): string {
    if (to === undefined) return `pub ${channel}\n${text}`;
    return `to ${channel} ${to}${id === undefined ? '' : ` ${id}`}\n${text}`;
  }

  /**
   * What is no frame of a hub is passed over: a newer hub may say more than this member knows. So is what comes before the
   * welcome (`greeted` is false), since nobody knows whose hub it is.
   */
  take(data: Buffer, greeted = true): HubWord {
    const frame = splitFrame(data);
    if (!frame) return undefined;
    const [verb, first, second] = frame.words;
    if (!greeted && verb !== 'welcome' && verb !== 'refused') return undefined;
    const rest = data.toString('utf8', frame.rest);
    switch (verb) {
      case 'msg':
        if (isChannel(first)) this.#handlers.onFrame(first, rest, second);
        return undefined;
      case 'changes':
        for (const change of readRest(CHANGES, rest) ?? []) this.#handlers.onMembership(change);
        return undefined;
      case 'members': {
        const members = readRest(MEMBERS, rest);
        if (members) this.#handlers.onMembers(members);
        return undefined;
      }
      case 'unknown':
        if (first !== undefined && second !== undefined) this.#handlers.onUndeliverable(first, second);
        return undefined;
      case 'lost':
        this.#handlers.onLost(Math.max(1, Number.parseInt(first ?? '', 10) || 1), rest);
        return undefined;
      case 'welcome': {
        const welcome = readRest(WELCOME, rest);
        return welcome ? { welcome } : { refused: { code: 'protocol', message: 'the hub greets in an unknown form' } };
      }
      case 'refused': {
        const refused = readRest(REFUSED, rest);
        return { refused: refused ?? { code: 'protocol', message: 'the hub refused, in an unknown form' } };
      }
      default:
        return undefined;
    }
  }
}
