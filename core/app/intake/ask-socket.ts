import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { isHeard } from '../../intake/socket-file.js';
import { AttituneError, ERROR_CODES, type ErrorCode } from '../../model/errors.js';
import { suggest } from '../../xml/suggest.js';
import { stateFolder } from '../state-folder.js';
import { SOCKET_ENDING, socketOf } from './open-intake.js';

/** Which manager of this machine is meant. */
export interface SocketPlace {
  readonly state?: string;
  readonly deployment?: string;
}

const ANSWER_MS = 10_000;
const REFUSAL = v.object({ error: v.object({ code: v.string(), message: v.string() }) });

/** Posts to the manager that runs on this machine. Rejects as that one does, or with `no-answer`, `usage`. */
export async function askSocket(path: string, body: unknown, where: SocketPlace): Promise<unknown> {
  const socketPath = await chosenSocket(where);
  const { Agent, request } = await import('undici');
  const dispatcher = new Agent({ connect: { socketPath } });
  try {
    const answer = await request(`http://localhost${path}`, {
      dispatcher,
      method: 'POST',
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(ANSWER_MS),
    });
    const data: unknown = await answer.body.json();
    const refusal = v.safeParse(REFUSAL, data);
    if (!refusal.success) return data;
    const { code, message } = refusal.output.error;
    throw new AttituneError(Object.hasOwn(ERROR_CODES, code) ? (code as ErrorCode) : 'operation-failed', message);
  } catch (error) {
    throw AttituneError.from(error, 'no-answer', `the manager at ${socketPath}`);
  } finally {
    await dispatcher.close();
  }
}

async function chosenSocket({ state, deployment }: SocketPlace): Promise<string> {
  const folder = stateFolder(state);
  const names = await runningIn(folder);
  if (deployment !== undefined) {
    if (names.includes(deployment)) return socketOf(deployment, state);
    const known = suggest(deployment, names);
    throw new AttituneError(
      'no-answer',
      `No manager of ${deployment} runs with its state in ${folder}.${known} Start it: attitune run …`,
    );
  }
  const [name, another] = names;
  if (name === undefined) {
    throw new AttituneError(
      'no-answer',
      `No manager runs with its state in ${folder}. Start one ("attitune run"), or name its folder with --state or ATTITUNE_STATE, or its bus with --bus.`,
    );
  }
  if (another === undefined) return socketOf(name, state);
  throw new AttituneError('usage', `Several managers run here: ${names.join(', ')}. Choose with --deployment NAME.`);
}

/** The deployments whose managers listen in a folder. */
export async function runningIn(folder: string): Promise<readonly string[]> {
  if (!existsSync(folder)) return [];
  const files = readdirSync(folder).filter((file) => file.endsWith(SOCKET_ENDING));
  const heard = await Promise.all(files.map((file) => isHeard(join(folder, file))));
  return files.filter((_, index) => heard[index]).map((file) => file.slice(0, -SOCKET_ENDING.length));
}
