import type { MigrationOutcome } from './migration.js';

/**
 * Peers: hosts that relieve each other by policies of their own, without anything in the middle (seed `000`). A policy
 * is a diagram that hears `readings` and rests in a state whose id is a role; what a host does about its role is
 * `core/peers`.
 */
export const PEER_ROLES = ['overloaded', 'underloaded', 'idle'] as const;
export type PeerRole = (typeof PEER_ROLES)[number];

/** What a peer's policy decides on. The names are the seed's. */
export interface PeerReadings {
  /** Load averages over 1, 5 and 15 minutes: 1.5 for one and a half CPUs' worth of work. */
  readonly cpuLoadOne: number;
  readonly cpuLoadFive: number;
  readonly cpuLoadFifteen: number;
  /** Memory of the machine in MiB, what its caches would give back counted as free. */
  readonly actualFreeMemory: number;
  readonly actualUsedMemory: number;
  /** Memory of the VMs that are here, in MiB. */
  readonly totalVmMemory: number;
  readonly localVmCount: number;
  /** CPUs of the machine. */
  readonly cpus: number;
}

/** A VM as its host sees it. */
export interface PeerVm {
  readonly name: string;
  readonly memoryMiB: number;
  readonly vcpus: number;
  /** CPUs that it uses: what it adds to its host's load. */
  readonly load: number;
}

/** A VM that a peer would give away. */
export type HelpCandidate = PeerVm;

export interface HelpAcceptance {
  readonly negotiation: string;
  readonly offer: string;
  readonly vm: string;
}

/** One way in which a peer would take part in an exchange: `takes` comes, `gives` (where it wants something in return) goes. */
export interface TradeWay {
  readonly takes: string;
  readonly gives?: PeerVm;
}

/** What one peer has agreed to in an exchange of two or three. */
export interface TradePart {
  /** Names the exchange, on the whole bus. */
  readonly trade: string;
  readonly takes?: PeerVm;
  /** One of its own. */
  readonly gives?: string;
  /** How long it is kept without another word. */
  readonly untilMs: number;
}

/** What one peer knows of another: itself at first hand, others by hearsay. */
export interface PeerNews {
  readonly peer: string;
  readonly cell?: string;
  readonly role: PeerRole;
  readonly accepting: boolean;
  readonly readings: PeerReadings;
  /** How old it is, in milliseconds; it grows on the way. */
  readonly ageMs: number;
}

/** One machine as its peer reads and changes it. Implementations: on a `Hypervisor`, and in memory for simulations. */
export interface PeerHost {
  readonly name: string;
  readings(): Promise<PeerReadings>;
  vms(): Promise<readonly PeerVm[]>;
  /** Live; resolves when the VM is on `to` and gone from here. Rejects as `Hypervisor.migrate`, the VM being where it was. */
  migrate(vm: string, to: string, signal: AbortSignal): Promise<MigrationOutcome>;
  /**
   * Whether a migration of the VM goes on, away from here or to here, whoever began it. Optional: where it is missing,
   * nobody but who began a migration can tell that it goes on.
   */
  migrating?(vm: string): Promise<boolean>;
  /**
   * The first level: gives the VMs that are here more or fewer of the CPUs and of the weight of their host, without
   * moving any. Resolves with what it changed, in a sentence each.
   */
  adapt(): Promise<readonly string[]>;
}
