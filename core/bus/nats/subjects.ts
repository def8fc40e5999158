import { AttituneError } from '../../model/errors.js';
import type { Channel } from '../transport.js';

/**
 * How frames are named on a NATS server. The sender is a token of its own, so that permissions can bind everybody who
 * publishes to its own name, and nobody can take another's:
 *
 * - `attitune.SPACE.FROM.all.t.TOPIC`: told to everybody; `…all.q.QUESTION`: asked of everybody
 * - `attitune.SPACE.FROM.to.NAME.t.TOPIC`, `…q.QUESTION`, `…answer`: for one member
 * - `attitune.SPACE.FROM.life.NAME.INCARNATION`: whether that life of a member has a connection; nothing is answered
 * - `attitune-members.SPACE.ENTRY`: what the server itself tells of members, once it has stored it; an agent's entry is its
 *   name, that of others `any.NAME`, so that permissions bind everybody to a role, too
 *
 * A member's subscriptions never overlap, so that nothing comes twice; and since a server hands on what one connection
 * published to another one in order, whatever the subjects, order per publisher holds across them.
 */
export interface Space {
  readonly name: string;
  /** The bucket of members, a stream of its own. */
  readonly bucket: string;
  readonly stream: string;
}

/** The role that needs no permission but to be there. */
export const AGENT_ROLE = 'agent';
/** Entries below it only those may write whom the server lets be more than an agent. */
export const ANY_ROLE = 'any';

export const DEFAULT_SPACE = 'main';
const SPACE_NAME = /^[A-Za-z0-9_-]{1,32}$/;

/** Several systems share a server, each in a space of its own. Throws `value`. */
export function spaceOf(name: string = DEFAULT_SPACE): Space {
  if (!SPACE_NAME.test(name))
    throw new AttituneError(
      'value',
      `${JSON.stringify(name)} cannot be the space on a NATS server: use up to 32 letters, digits, - and _.`,
    );
  const bucket = `attitune-${name}-members`;
  return { name, bucket, stream: `KV_${bucket}` };
}

/** A member's name as one token: dots would part it, and `=` is in no name. */
export function tokenOf(name: string): string {
  return name.replaceAll('.', '=');
}

export function nameOf(token: string): string {
  return token.replaceAll('=', '.');
}

const words = (channel: Channel) => channel.replace(':', '.');

/** What an agent's entry among the members is called; whoever may have another role has one below {@link ANY_ROLE}. */
export function entryOf(name: string, role: string): string {
  return role === AGENT_ROLE ? tokenOf(name) : `${ANY_ROLE}.${tokenOf(name)}`;
}

/** Whose entry it is, and whether it can be one of a role other than an agent's. */
export function readEntry(entry: string): { readonly name: string; readonly anyRole: boolean } {
  const anyRole = entry.startsWith(`${ANY_ROLE}.`);
  return { name: nameOf(anyRole ? entry.slice(ANY_ROLE.length + 1) : entry), anyRole };
}

/** `from` may be `*`, for a subscription. */
export function toAll(space: Space, from: string, channel: Channel): string {
  return `attitune.${space.name}.${tokenOf(from)}.all.${words(channel)}`;
}

export function toOne(space: Space, from: string, to: string, channel: Channel): string {
  return `attitune.${space.name}.${tokenOf(from)}.to.${tokenOf(to)}.${words(channel)}`;
}

export function everythingTo(space: Space, to: string): string {
  return `attitune.${space.name}.*.to.${tokenOf(to)}.>`;
}

export function lifeOf(space: Space, from: string, name: string, incarnation: string): string {
  return `attitune.${space.name}.${tokenOf(from)}.life.${tokenOf(name)}.${incarnation}`;
}

export function membersNews(space: Space): string {
  return `attitune-members.${space.name}.>`;
}

/** Where answers of the server itself come; only for its member. */
export function inboxOf(name: string): string {
  return `_INBOX.${tokenOf(name)}`;
}

/** Sender and channel of a subject that {@link toAll} or {@link toOne} made; what is neither is a topic that nobody knows. */
export function readSubject(subject: string): { readonly sender: string; readonly channel: Channel } {
  const [, , from = '', kind, ...rest] = subject.split('.');
  const [type = '', ...name] = kind === 'to' ? rest.slice(1) : rest;
  const sender = nameOf(from);
  if (type === 'answer' && name.length === 0) return { sender, channel: 'answer' };
  return { sender, channel: type === 'q' ? `q:${name.join('.')}` : `t:${name.join('.')}` };
}
