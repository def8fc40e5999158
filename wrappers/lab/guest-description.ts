import type { DomainDescription } from '../../core/model/hypervisor.js';
import type { DomainRequest } from '../../core/model/infrastructure.js';
import type { DiskSet, PooledImage } from '../vm/disks/index.js';
import { guestCommandLine } from '../vm/image/guest-boot.js';
import { HOST_BRIDGE, type GuestIdentity, type LabPlan } from './lab-plan.js';

export interface GuestFacts {
  readonly request: DomainRequest;
  readonly base: PooledImage;
  readonly disks: DiskSet;
  readonly identity: GuestIdentity;
  readonly plan: LabPlan;
  readonly acceleration: 'kvm' | 'tcg';
  readonly consoleLog: string;
}

/** The domain of a guest, booting our kernel directly. */
export function describeGuest({
  request,
  base,
  disks,
  identity,
  plan,
  acceleration,
  consoleLog,
}: GuestFacts): DomainDescription {
  const { name, memoryMiB, maxMemoryMiB, vcpus, maxVcpus, httpPort } = request;
  const address = { address: identity.address, prefix: plan.subnet.prefix, gateway: plan.managerAddress };
  // emulated processors pay much for what guards against others' guests, which a lab has none of
  const commandLine = guestCommandLine({ name, address, swap: disks.swap, httpPort, trusting: true });
  return {
    name,
    uuid: identity.uuid,
    memoryMiB,
    ...(maxMemoryMiB === undefined ? {} : { maxMemoryMiB }),
    vcpus,
    ...(maxVcpus === undefined ? {} : { maxVcpus }),
    disks: disks.disks,
    boot: { kernel: base.kernel, initrd: base.initrd, commandLine },
    networks: [{ bridge: HOST_BRIDGE, mac: identity.mac }],
    ...(acceleration === 'tcg' ? { cpuModel: 'qemu64' } : {}),
    consoleLog,
  };
}
