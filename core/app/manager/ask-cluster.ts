import { AttituneError } from '../../model/errors.js';
import type { MemberBus } from '../../model/member-bus.js';
import { askManagers } from './ask-managers.js';

/** A manager has so long for each part of its snapshot. */
const ANSWER_MS = 10_000;

/**
 * The cluster of a manager on the bus, as a JSON document: of the one that is named, else of the only one. Rejects with
 * `no-answer` where there is none, and with `usage` where there are several and none is named.
 */
export async function askCluster(member: MemberBus, manager?: string): Promise<string> {
  const name = manager ?? (await onlyManager(member));
  let { snapshot, text, more } = await member.request(name, 'manager.cluster', {}, { timeoutMs: ANSWER_MS });
  while (more !== undefined) {
    const rest = { snapshot, from: more };
    const next = await member.request(name, 'manager.cluster', { rest }, { timeoutMs: ANSWER_MS });
    text += next.text;
    ({ snapshot, more } = next);
  }
  return text;
}

async function onlyManager(member: MemberBus): Promise<string> {
  const names = (await askManagers(member)).map(({ manager }) => manager);
  const [only, ...others] = names;
  if (only === undefined)
    throw new AttituneError(
      'no-answer',
      'No manager on this bus answers. See who is there: attitune agents; for hosts without a manager: --hosts FILE.',
    );
  if (others.length > 0)
    throw new AttituneError(
      'usage',
      `There are several managers on this bus: name one of ${names.join(', ')} with --manager.`,
    );
  return only;
}
