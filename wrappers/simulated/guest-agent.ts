import { AttituneError } from '../../core/model/errors.js';
import type { SimulatedDomain } from './simulated-domain.js';
import type { World } from './world.js';

type Arguments = Readonly<Record<string, unknown>>;
type AgentCommand = (domain: SimulatedDomain, args: Arguments, world: World) => unknown;

/** What the simulated guest agent answers, by the names of the QEMU guest agent's protocol. */
const COMMANDS: Readonly<Record<string, AgentCommand>> = {
  'guest-ping': () => ({}),
  'guest-sync': (_, args) => args['id'],
  'guest-info': () => ({
    version: 'simulated',
    supported_commands: Object.keys(COMMANDS).map((name) => ({ name, enabled: true, 'success-response': true })),
  }),
  'guest-get-host-name': (domain) => ({ 'host-name': domain.name }),
  'guest-get-time': (_, __, { kernel }) => kernel.clock.now() * 1_000_000,
  'guest-get-cpustats': (domain) => [{ type: 'linux', cpu: 0, user: Math.round(domain.guest.usedSeconds() * 1000) }],
  'guest-network-get-interfaces': (domain) => [
    {
      name: 'eth0',
      'hardware-address': domain.description.networks?.[0]?.mac ?? '52:54:00:00:00:00',
      'ip-addresses': [{ 'ip-address': domain.guest.address, 'ip-address-type': 'ipv4', prefix: 8 }],
    },
  ],
};

/** One command of the guest agent's protocol. Throws `guest-agent` where the guest does not answer, or does not know it. */
export function askGuestAgent(
  world: World,
  domain: SimulatedDomain,
  command: { readonly execute: string; readonly arguments?: unknown },
): unknown {
  assertAgent(world, domain);
  const answer = COMMANDS[command.execute];
  if (!answer) {
    throw new AttituneError(
      'guest-agent',
      `The guest agent of ${domain.name} does not know "${command.execute}"; it knows ${Object.keys(COMMANDS).join(', ')}.`,
    );
  }
  return answer(domain, (command.arguments ?? {}) as Arguments, world);
}

/** Throws `guest-agent` unless the agent answers now. */
export function assertAgent({ kernel }: World, domain: SimulatedDomain): void {
  const why = domain.agentSilent
    ? 'it does not answer'
    : domain.state !== 'running'
      ? `the guest is ${domain.state}`
      : kernel.clock.now() < domain.agentFrom
        ? 'the guest is booting'
        : undefined;
  if (why)
    throw new AttituneError(
      'guest-agent',
      `The guest agent of ${domain.name} on ${domain.host.name} cannot be asked: ${why}.`,
    );
}
