import type { PreCopyParameters } from './pre-copy.js';

/** The figures of the simulated world. The defaults are those measured on small hosts with a Tomcat in each guest. */
export interface SimulationSettings {
  /** What a host's VMs and software may use once the deployment is up, in CPUs. */
  readonly hostCpus: number;
  /** What they may use until then, and the number of CPUs that a hypervisor tells. */
  readonly physicalCpus: number;
  readonly hostMemoryMiB: number;
  /** From the moment in which a host is switched on until its hypervisor answers. */
  readonly hostBootMs: number;
  /** One of `CPU_MODELS`; names are libvirt's. */
  readonly hostCpuModel: string;
  /** What a storage pool holds, and how fast it is written. */
  readonly storageMiB: number;
  readonly storageMiBps: number;
  /** From power-on until the guest agent answers. */
  readonly guestBootMs: number;
  /** From power-on until the guest's network answers. */
  readonly guestNetworkMs: number;
  readonly guestBootCpus: number;
  readonly guestShutdownMs: number;
  /** What an idle guest uses, in CPUs. */
  readonly guestIdleCpus: number;
  /** What a call to a hypervisor, a command on a host, and one through a guest agent take. */
  readonly hypervisorCallMs: number;
  readonly hostCommandMs: number;
  readonly guestCommandMs: number;
  /** Network round trip of a request, without any waiting. */
  readonly roundTripMs: number;
  /** How long a balancer tries to connect to an address that does not answer. */
  readonly connectTimeoutMs: number;
  readonly arrivals: 'poisson' | 'even';
  readonly migration: MigrationSettings;
}

export interface MigrationSettings extends Omit<PreCopyParameters, 'memoryMiB' | 'workingSetMiB'> {
  /** The writable working set as a part of the guest's memory. */
  readonly workingSetFraction: number;
  /** How fast an idle guest writes, and how much faster for each CPU that it uses. */
  readonly idleDirtyMiBps: number;
  readonly dirtyMiBpsPerCpu: number;
  /** What a migration takes from the CPU of its two hosts. */
  readonly sourceCpus: number;
  readonly targetCpus: number;
  readonly progressEveryMs: number;
  /** How long two daemons that cannot hear each other go on with a migration, and one tries to reach the other. */
  readonly keepaliveMs: number;
  /** How much a guest is slowed down by waiting for pages from its source during post-copy, in [0, 1). */
  readonly postCopySlowdown: number;
}

export const DEFAULT_SETTINGS: SimulationSettings = {
  hostCpus: 0.8,
  physicalCpus: 2,
  hostMemoryMiB: 4096,
  hostBootMs: 60_000,
  hostCpuModel: 'Haswell',
  storageMiB: 102_400,
  storageMiBps: 200,
  guestBootMs: 4000,
  guestNetworkMs: 1600,
  guestBootCpus: 0.5,
  guestShutdownMs: 2000,
  guestIdleCpus: 0.01,
  hypervisorCallMs: 2,
  hostCommandMs: 10,
  guestCommandMs: 40,
  roundTripMs: 0.6,
  connectTimeoutMs: 3000,
  arrivals: 'poisson',
  migration: {
    bandwidthMiBps: 240,
    maxDowntimeMs: 300,
    maxRounds: 30,
    setupMs: 400,
    switchMs: 60,
    workingSetFraction: 0.4,
    idleDirtyMiBps: 4,
    dirtyMiBpsPerCpu: 45,
    sourceCpus: 0.1,
    targetCpus: 0.06,
    progressEveryMs: 200,
    keepaliveMs: 30_000,
    postCopySlowdown: 0.5,
  },
};
