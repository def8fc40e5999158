/**
 * `core/app/report`: what is said about a scenario after it ran. Everything here is pure: samples and records in,
 * figures (`summary.ts`, `measures.ts`), judgement (`expectations.ts`), a table for the terminal (`table.ts`) and a
 * picture (`curves.ts`) out. {@link ScenarioReport} is also, as it is, the document that `scenario --json` prints.
 */
import type { MigrationRecord } from '../../model/administration.js';
import type { Infrastructure } from '../../model/infrastructure.js';
import type { PeerRole } from '../../model/peer.js';
import type { Expectation } from '../../model/scenario.js';
import type { RequestSample } from '../../model/load.js';
import type { PowerRun } from './energy.js';
import type { HostCpu } from './host-load.js';

export interface ScenarioReport {
  readonly scenario: string;
  readonly infrastructure: Infrastructure['kind'];
  /** True where every expectation holds. */
  readonly passed: boolean;
  readonly expectations: readonly ExpectationResult[];
  readonly requests: RequestSummary;
  readonly migrations: readonly MigrationRecord[];
  /** Which VMs were where: before the load or the peers began, and at the end. */
  readonly distribution: Distribution;
  /** Of a deployment with peers: the role of each at the end, by host. */
  readonly roles?: Readonly<Record<string, PeerRole>>;
  /** When the last thing moved or changed its role, from the beginning; absent where it was not waited for, or in vain. */
  readonly settledMs?: number;
  readonly durationMs: number;
}

/** VMs by host, in the order of their numbers. */
export type VmsByHost = Readonly<Record<string, readonly string[]>>;

export interface Distribution {
  readonly before: VmsByHost;
  readonly after: VmsByHost;
}

export interface ExpectationResult {
  readonly that: string;
  readonly comparison: Expectation['comparison'];
  /** The number or text it was compared with; `null` where that is a measure without a value in this run. */
  readonly expected: number | string | null;
  /** The name of the other measure, where it was compared with one. */
  readonly expectedMeasure?: string;
  /** `null` where the run gave no value, such as a downtime without any migration; the expectation then fails. */
  readonly actual: number | string | null;
  readonly passed: boolean;
}

/** Times are of answered requests; failed ones are counted, and would only blur the times. */
export interface RequestFigures {
  readonly total: number;
  readonly failed: number;
  /** `null` where no request was answered. */
  readonly p50Ms: number | null;
  readonly p95Ms: number | null;
  readonly maxMs: number | null;
}

export interface PhaseFigures extends RequestFigures {
  readonly name: string;
}

export interface RequestSummary extends RequestFigures {
  readonly phases: readonly PhaseFigures[];
  /** Answered requests by the back end that answered, where the balancer tells. */
  readonly workers: Readonly<Record<string, number>>;
}

/** When a phase of the load ran, in milliseconds since the epoch. */
export interface PhaseSpan {
  readonly name: string;
  readonly from: number;
  readonly to: number;
}

/** What a run left behind. */
export interface RunRecord {
  readonly phases: readonly PhaseSpan[];
  readonly requests: readonly RequestSample[];
  readonly migrations: readonly MigrationRecord[];
  /** Every back end that should take requests, so that one that took none counts as 0. */
  readonly workers?: readonly string[];
  readonly distribution?: Distribution;
  readonly roles?: Readonly<Record<string, PeerRole>>;
  readonly settledMs?: number;
  /** When it began, in milliseconds since the epoch; absent: with the first thing that is known of it. */
  readonly startedAt?: number;
  /** Readings of the CPU of hosts, and the limit above which one is overloaded. */
  readonly cpu?: HostCpu;
  readonly cpuLimit?: number;
  /** Plans that were made, and how many of them moved anything. */
  readonly decisions?: { readonly count: number; readonly moving: number };
  /** What hosts draw, and when they were switched. */
  readonly power?: Pick<PowerRun, 'curves' | 'changes'>;
  /** Machines that have something to do at the end, and the most of them on one host. */
  readonly active?: { readonly count: number; readonly mostOnHost: number };
  /** Traffic times distance at the beginning and at the end; absent: no distances are told. */
  readonly traffic?: { readonly before: number; readonly after: number };
  /** When events were raised, in milliseconds since the epoch, by name; a name without any was not raised. */
  readonly events?: Readonly<Record<string, readonly number[]>>;
  /** Of each probe, by name, its newest reading and its highest. */
  readonly readings?: Readonly<Record<string, { readonly last: number; readonly most: number }>>;
  readonly durationMs: number;
}
