import { BusMember } from '../../bus/member.js';
import { readCredentials } from '../../bus/credentials.js';
import { WebSocketHub, type HubEvent } from '../../bus/websocket/index.js';
import { AgentDirectory } from '../../loop/agents/index.js';
import { Refusals } from '../../loop/agents/refusals.js';
import type { Clock } from '../../model/clock.js';
import type { MemberBus } from '../../model/member-bus.js';
import { MACHINE_RANDOM } from '../../../wrappers/vm/identity/index.js';
import { waitForBus } from '../agent/open-bus.js';
import { openMemberBus } from '../bus-address.js';
import { busToken } from '../bus-token.js';

/** How a manager gets on a bus: it has a hub itself (`listen`), or joins another one (`bus`). */
export interface ManagerBusOptions {
  readonly listen?: ListenAddress;
  readonly bus?: string;
  /** With `listen` a host's folder of `attitune pki issue`, with `bus` a client's. */
  readonly pki?: string;
  /** The token file of a bus without certificates. */
  readonly busToken?: string;
  /** Its name on the bus. Default: the one in its certificate, else the deployment's. */
  readonly name?: string;
}

export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

export interface ManagerBus {
  readonly member: MemberBus;
  readonly directory: AgentDirectory;
  /** Where others join. */
  readonly address: string;
  /** Leaves the bus, and ends its hub where it has one. */
  close(): Promise<void>;
}

/**
 * Joins, or brings up, the bus of a manager. Rejects as `WebSocketHub.listen` and `openMemberBus` do; a bus that is not
 * there yet is waited for, which is said, until the signal ends it.
 */
export async function openManagerBus(
  system: string,
  { listen, bus, pki, busToken: tokenFile, name }: ManagerBusOptions,
  clock: Clock,
  say: (text: string) => void,
  signal: AbortSignal,
): Promise<ManagerBus> {
  const refusals = new Refusals();
  if (listen) {
    const onEvent = (event: HubEvent) => note(event, refusals, clock);
    const token = pki === undefined ? await busToken(tokenFile) : undefined;
    const hub = new WebSocketHub({ clock, onEvent, token });
    try {
      const credentials = pki === undefined ? undefined : await readCredentials(pki, 'server', new Date(clock.now()));
      // the member is there before the first agent asks for it
      const parts = { name: name ?? system, role: 'manager', clock, random: MACHINE_RANDOM };
      const member = await BusMember.open(hub.localTransport(), parts);
      const { url } = await hub.listen(listen.host, listen.port, credentials);
      return managerBus(member, clock, refusals, url, () => hub.close());
    } catch (error) {
      await hub.close();
      throw error;
    }
  }
  const address = bus ?? '';
  const named = name ?? (pki === undefined ? system : undefined);
  const open = () =>
    openMemberBus({ address, pki, busToken: tokenFile, name: named, role: 'manager', clock, random: MACHINE_RANDOM });
  return managerBus(await waitForBus(open, clock, say, signal), clock, refusals, address);
}

function managerBus(
  member: MemberBus,
  clock: Clock,
  refusals: Refusals,
  address: string,
  end: () => Promise<void> = () => Promise.resolve(),
): ManagerBus {
  const directory = new AgentDirectory(member, clock, refusals);
  const close = async () => {
    directory.close();
    await member.close();
    await end();
  };
  return { member, directory, address, close };
}

/** What the hub itself refuses is told like what its members refuse. */
function note(event: HubEvent, refusals: Refusals, clock: Clock): void {
  const at = clock.now();
  if (event.kind === 'refused') {
    const { name, place, error } = event;
    refusals.refuse('connection', { at, from: name ?? place, why: error.message });
  } else if (event.kind === 'dropped') refusals.refuse('hub', { at, from: event.name, why: event.why });
}
