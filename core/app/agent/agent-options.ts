import { existsSync } from 'node:fs';
import { hostname } from 'node:os';
import { AttituneError } from '../../model/errors.js';

/** What `attitune agent` is called with. */
export interface AgentOptions {
  readonly name?: string;
  readonly bus?: string;
  readonly pki?: string;
  readonly every: number;
  readonly connect?: string;
  /** False where `--no-hypervisor` was given. */
  readonly hypervisor: boolean;
  readonly inside?: string;
  readonly accepting: boolean;
  readonly managers?: readonly string[];
}

const LOCAL_LIBVIRT = 'qemu:///system';
/** Where the daemons of libvirt listen; either serves. */
const SOCKETS = ['/run/libvirt/libvirt-sock', '/run/libvirt/virtqemud-sock'];

/** Under which name it joins: as told, or the VM's, or this machine's. */
export function agentName({ name, inside }: Pick<AgentOptions, 'name' | 'inside'>): string {
  return name ?? inside ?? (hostname().split('.')[0] as string);
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
