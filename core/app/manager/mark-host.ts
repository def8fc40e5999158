import type { ControlCommand } from '../../model/control-commands.js';
import { AttituneError } from '../../model/errors.js';
import { runningIn } from '../intake/ask-socket.js';
import { stateFolder } from '../state-folder.js';
import { userName } from '../who.js';
import { askOne, type ManagerPlace } from './ask-one.js';

/**
 * Tells the managers that have a host whether it takes VMs: those that run on this machine, or the one on the bus.
 * Resolves with what each of them says; with nothing where none has the host.
 */
export async function markHost(
  command: 'drain' | 'resume-host',
  host: string,
  where: ManagerPlace,
): Promise<readonly string[]> {
  const source = `${userName()}, by attitune host ${command === 'drain' ? 'drain' : 'resume'}`;
  const asks: ControlCommand = { command, host, source };
  const places: readonly ManagerPlace[] =
    where.bus !== undefined || where.deployment !== undefined
      ? [where]
      : (await runningIn(stateFolder(where.state))).map((deployment) => ({ ...where, deployment }));
  const told: string[] = [];
  for (const place of places) {
    try {
      const { text } = await askOne('manager.control', asks, place);
      told.push(place.deployment === undefined ? text : `${place.deployment}: ${text}`);
    } catch (error) {
      // a manager of other hosts, or one that has just ended, has nothing to do with it
      if (!AttituneError.is(error, 'unknown-host') && !AttituneError.is(error, 'no-answer')) throw error;
    }
  }
  return told;
}
