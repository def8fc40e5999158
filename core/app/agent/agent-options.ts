import { existsSync } from 'node:fs';
import { hostname } from 'node:os';
import { MEMBER_NAME } from '../../bus/envelope.js';
import { AttituneError } from '../../model/errors.js';
import type { PeerAgentOptions } from './peer-options.js';

/** What `attitune agent` is called with. */
export interface AgentOptions extends PeerAgentOptions {
  readonly name?: string;
  readonly bus?: string;
  readonly pki?: string;
  /** The token file of a bus without certificates. */
  readonly busToken?: string;
  /** Milliseconds between heartbeats. */
  readonly every?: number;
  readonly connect?: string;
  /** False where `--no-hypervisor` was given. */
  readonly hypervisor: boolean;
  readonly inside?: string;
  readonly accepting: boolean;
  readonly managers?: readonly string[];
  /** An INI file of properties. */
  readonly properties?: string;
}

const LOCAL_LIBVIRT = 'qemu:///system';
/** Where the daemons of libvirt listen; either serves. */
const SOCKETS = ['/run/libvirt/libvirt-sock', '/run/libvirt/virtqemud-sock'];

/** Under which name it joins: as told, or the VM's, or this machine's. Throws `value` for what cannot be one. */
export function agentName({ name, inside }: Pick<AgentOptions, 'name' | 'inside'>): string {
  const chosen = name ?? inside ?? hostname().replace(/\..*/, '');
  if (MEMBER_NAME.test(chosen)) return chosen;
  throw new AttituneError(
    'value',
    `"${chosen}" cannot be the name of an agent: use letters, digits and . _ -, at most 63. Give it another one with --name.`,
  );
}

/** URI of its hypervisor: as told, or the local libvirt where that listens; none inside a VM. Throws `usage`. */
export function hypervisorUri(
  { connect, hypervisor, inside }: Pick<AgentOptions, 'connect' | 'hypervisor' | 'inside'>,
  listens: (socket: string) => boolean = existsSync,
): string | undefined {
  if (connect !== undefined && !hypervisor)
    throw new AttituneError('usage', '--connect and --no-hypervisor contradict each other: leave one out.');
  if (connect !== undefined) return connect;
  return hypervisor && inside === undefined && SOCKETS.some(listens) ? LOCAL_LIBVIRT : undefined;
}
