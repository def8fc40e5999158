import { SystemClock } from '../../model/clock.js';
import { AttituneError } from '../../model/errors.js';
import type { MemberBus } from '../../model/member-bus.js';
import type { Questions } from '../../model/messages.js';
import { suggest } from '../../xml/suggest.js';
import { askManagers } from './ask-managers.js';
import type { DeskQuestion } from './control-desk.js';
import { asMember, type ClientOptions } from './join-as-client.js';

/** Which manager is meant, and the way to it: by a bus where one is named, else by its socket on this machine. */
export interface ManagerPlace extends ClientOptions {
  readonly state?: string;
  readonly deployment?: string;
}

const ANSWER_MS = 10_000;

/** Asks the one manager that is meant. Rejects as that one does, or with `no-answer`, `usage`. */
export async function askOne<Q extends DeskQuestion>(
  question: Q,
  asks: Questions[Q]['asks'],
  where: ManagerPlace,
): Promise<Questions[Q]['answers']> {
  if (where.bus === undefined) {
    const { askSocket } = await import('../intake/ask-socket.js');
    return (await askSocket(`/ask/${question}`, asks, where)) as Questions[Q]['answers'];
  }
  return asMember(where, 'client', new SystemClock(), async (member) =>
    member.request(await managerOf(member, where.deployment), question, asks, { timeoutMs: ANSWER_MS }),
  );
}

/** The name on the bus of the one manager there is, or of that of a deployment. Rejects with `no-answer` or `usage`. */
export async function managerOf(member: MemberBus, deployment: string | undefined): Promise<string> {
  const managers = await askManagers(member);
  const systems = managers.map(({ status }) => status.system);
  const [manager, another] = managers.filter(({ status }) => deployment === undefined || status.system === deployment);
  if (!manager) {
    const whose = deployment === undefined ? '' : ` of ${deployment}`;
    throw new AttituneError(
      'no-answer',
      `No manager${whose} on this bus answers.${suggest(deployment ?? '', systems)}`,
    );
  }
  if (!another) return manager.manager;
  throw new AttituneError('usage', `Several managers are there: ${systems.join(', ')}. Choose with --deployment NAME.`);
}
