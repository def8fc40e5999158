import { SystemClock } from '../../model/clock.js';
import { AttituneError } from '../../model/errors.js';
import { suggest } from '../../xml/suggest.js';
import { askManagers } from '../manager/ask-managers.js';
import { asMember, type ClientOptions } from '../manager/join-as-client.js';
import type { EventToEmit } from './emit-to-socket.js';

const ANSWER_MS = 10_000;

/** Tells an event to a manager on a bus. Rejects as that one does, or with `no-answer`, `usage`. */
export function emitToBus(
  event: EventToEmit,
  where: ClientOptions & { readonly deployment?: string },
): Promise<{ readonly id: number }> {
  return asMember(where, 'client', new SystemClock(), async (member) => {
    const managers = await askManagers(member);
    const systems = managers.map(({ status }) => status.system);
    const meant = managers.filter(({ status }) => where.deployment === undefined || status.system === where.deployment);
    const [manager, another] = meant;
    if (!manager) {
      const whose = where.deployment === undefined ? '' : ` of ${where.deployment}`;
      throw new AttituneError(
        'no-answer',
        `No manager${whose} on this bus answers.${suggest(where.deployment ?? '', systems)}`,
      );
    }
    if (another) {
      throw new AttituneError(
        'usage',
        `Several managers are there: ${systems.join(', ')}. Choose with --deployment NAME.`,
      );
    }
    return member.request(manager.manager, 'manager.emit', event, { timeoutMs: ANSWER_MS });
  });
}
