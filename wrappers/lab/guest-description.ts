import type { DomainDescription } from '../../core/model/hypervisor.js';
import type { DomainRequest } from '../../core/model/infrastructure.js';
import type { GuestImage } from '../vm/image/guest-image.js';
import { HOST_BRIDGE, type GuestIdentity, type LabPlan } from './lab-plan.js';

export interface GuestFacts {
  readonly request: DomainRequest;
  readonly image: GuestImage;
  readonly identity: GuestIdentity;
  readonly plan: LabPlan;
  readonly acceleration: 'kvm' | 'tcg';
  readonly disk: string;
  readonly consoleLog: string;
}

/** The domain of a guest, booting our kernel directly. */
export function describeGuest({
  request,
  image,
  identity,
  plan,
  acceleration,
  disk,
  consoleLog,
}: GuestFacts): DomainDescription {
  return {
    name: request.name,
    uuid: identity.uuid,
    memoryMiB: request.memoryMiB,
    vcpus: request.vcpus,
    disks: [{ path: disk, format: 'qcow2' }],
    boot: { kernel: image.kernel, initrd: image.initrd, commandLine: guestCommandLine(request.name, identity, plan) },
    networks: [{ bridge: HOST_BRIDGE, mac: identity.mac }],
    ...(acceleration === 'tcg' ? { cpuModel: 'qemu64' } : {}),
    consoleLog,
  };
}

/** The kernel command line; `setup.sh` in the guest reads the `attitune.` words. */
export function guestCommandLine(name: string, identity: GuestIdentity, plan: LabPlan): string {
  return [
    'console=ttyS0',
    'quiet',
    'panic=-1',
    // emulated processors pay much for what guards against others' guests, which a lab has none of
    'mitigations=off',
    `attitune.ip=${identity.address}/${plan.subnet.prefix}`,
    `attitune.gateway=${plan.managerAddress}`,
    `attitune.hostname=${hostName(name)}`,
  ].join(' ');
}

/** A domain's name as a host name may be (RFC 1123). */
export function hostName(name: string): string {
  return (
    name
      .replace(/[^a-zA-Z0-9-]+/g, '-')
      .replace(/^-+|-+$/g, '')
      .slice(0, 63) || 'guest'
  );
}
