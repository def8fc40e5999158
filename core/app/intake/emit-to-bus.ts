import { SystemClock } from '../../model/clock.js';
import { managerOf } from '../manager/ask-one.js';
import { asMember, type ClientOptions } from '../manager/join-as-client.js';
import type { EventToEmit } from './emit-to-socket.js';

const ANSWER_MS = 10_000;

/** Tells an event to a manager on a bus. Rejects as that one does, or with `no-answer`, `usage`. */
export function emitToBus(
  event: EventToEmit,
  where: ClientOptions & { readonly deployment?: string },
): Promise<{ readonly id: number }> {
  return asMember(where, 'client', new SystemClock(), async (member) =>
    member.request(await managerOf(member, where.deployment), 'manager.emit', event, { timeoutMs: ANSWER_MS }),
  );
}
