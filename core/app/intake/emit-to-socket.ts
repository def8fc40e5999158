import * as v from 'valibot';
import { AttituneError } from '../../model/errors.js';
import { askSocket, type SocketPlace } from './ask-socket.js';

export interface EventToEmit {
  readonly event: string;
  readonly component: string;
  readonly arg?: string;
  readonly source: string;
}

const ANSWER = v.object({ id: v.number() });

/** Tells an event to the manager that runs on this machine. Rejects as that one does, or with `no-answer`, `usage`. */
export async function emitToSocket(event: EventToEmit, where: SocketPlace): Promise<{ readonly id: number }> {
  const answer = v.safeParse(ANSWER, await askSocket('/events', event, where));
  if (answer.success) return answer.output;
  throw new AttituneError('no-answer', 'The manager gave no number of the event.');
}
