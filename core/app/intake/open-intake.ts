import { join } from 'node:path';
import { AccessToken } from '../../intake/access-token.js';
import { EventPipes } from '../../intake/event-pipes.js';
import { Intake } from '../../intake/intake.js';
import type { IntakeAddress } from '../../intake/intake-address.js';
import { IntakeServer, type IntakePlace } from '../../intake/intake-server.js';
import { NewestReadings } from '../../intake/newest-readings.js';
import { SystemClock } from '../../model/clock.js';
import { AttituneError } from '../../model/errors.js';
import type { Infrastructure } from '../../model/infrastructure.js';
import type { ComposedManager } from '../composition.js';
import type { Watching } from '../../loop/control/control.js';
import { keptName } from '../kept-name.js';
import { stateFolder } from '../state-folder.js';
import { askDesk } from './ask-desk.js';

export interface OpenIntake {
  /** Takes nothing any more; the event pipes are taken away. */
  close(): Promise<void>;
}

export interface IntakeOptions {
  /** The state folder, where the socket is. */
  readonly state?: string;
  /** Where values and events from outside are taken over HTTP, and the file of the token that this needs. */
  readonly intake?: IntakeAddress;
  readonly intakeToken?: string;
  /** Events are taken on a Unix socket, too: `attitune emit`. */
  readonly socket?: boolean;
  /** The manager changes nothing: its socket has a name of its own. */
  readonly watching?: Watching;
}

/**
 * Opens the ways in for values and events from outside: HTTP where it is asked for, the socket of `attitune emit`, and the
 * event pipes of components. Rejects, with all closed again, where HTTP cannot be served; without a socket it goes on.
 */
export async function openIntake(
  say: (text: string) => void,
  { manager, bus, pushed, hasPipes }: ComposedManager,
  infrastructure: Infrastructure,
  options: IntakeOptions,
): Promise<OpenIntake> {
  const { system, outside, journal } = manager;
  const { deployment } = system;
  const readings = new NewestReadings(bus);
  const realTime = infrastructure.kind !== 'simulated';
  const intake = new Intake({
    clock: infrastructure.clock,
    deployment,
    system,
    outside,
    pushed,
    readings,
    realTime,
    ask: askDesk(manager, infrastructure.clock),
  });
  const servers: IntakeServer[] = [];
  const pipes = new EventPipes({
    system,
    infrastructure,
    outside,
    onTrouble: (component, text) => void journal.append('trouble', component, text),
  });
  const serve = async (place: IntakePlace): Promise<string> => {
    const server = new IntakeServer(intake, place, new SystemClock());
    const { at } = await server.start();
    servers.push(server);
    return at;
  };
  const close = async (): Promise<void> => {
    readings.stop();
    await Promise.all(servers.map((server) => server.stop()));
    await pipes.stop({ remove: true });
  };
  try {
    if (options.intake) {
      const token = options.intakeToken === undefined ? undefined : AccessToken.fromFile(options.intakeToken);
      const at = await serve({ kind: 'tcp', address: options.intake, token });
      say(`Intake: ${at} takes POST /metrics/COMPONENT/NAME and /events, and tells readings at GET /metrics.`);
    }
    if (options.socket === true)
      await serve({ kind: 'socket', path: socketOf(keptName(deployment.name, options.watching), options.state) });
  } catch (error) {
    // a system that cannot be told events by this way is still worth running
    const { message } = AttituneError.from(error);
    if (options.intake && servers.length === 0) {
      await close();
      throw error;
    }
    say(`'attitune emit' does not reach this system: ${message}`);
  }
  if (hasPipes) pipes.start();
  return { close };
}

/** Where a manager takes events of its own machine. */
export function socketOf(deployment: string, state: string | undefined): string {
  return join(stateFolder(state), `${deployment}${SOCKET_ENDING}`);
}

export const SOCKET_ENDING = '.sock';
