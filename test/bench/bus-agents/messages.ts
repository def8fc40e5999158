import type { Credentials } from '../../../core/bus/credentials.js';

/** What the bench and its processes tell each other. */
export interface CarrierPlan {
  readonly carrier: 'hub' | 'nats';
  /** A URL of the hub; `HOST:PORT` of a NATS server. */
  readonly address: string;
  readonly credentials?: Credentials;
}

/** To a process of agents. */
export type AgentsOrder =
  | {
      readonly order: 'join';
      readonly plan: CarrierPlan;
      readonly names: readonly string[];
      readonly credentials?: readonly Credentials[];
    }
  | { readonly order: 'work'; readonly seconds: number }
  | { readonly order: 'leave' };

export type AgentsReport =
  | { readonly report: 'joined' }
  | {
      readonly report: 'worked';
      readonly heartbeats: Readonly<Record<string, number>>;
      readonly readings: number;
      /** From the publication of the reading that decided to the arrival of the operation. */
      readonly reactionsMs: readonly number[];
      /** Readings that decided, with no operation afterwards. */
      readonly unanswered: number;
      readonly dropped: number;
    }
  | { readonly report: 'left' };

export type ManagerOrder =
  | { readonly order: 'join'; readonly plan: CarrierPlan; readonly embedded: boolean }
  | { readonly order: 'measure' }
  | { readonly order: 'count' }
  | { readonly order: 'leave' };

export type ManagerReport =
  | { readonly report: 'joined'; readonly address: string }
  | { readonly report: 'measuring' }
  | {
      readonly report: 'counted';
      readonly heartbeats: Readonly<Record<string, number>>;
      readonly readings: number;
      readonly members: number;
      readonly failed: number;
      readonly dropped: number;
      readonly cpuSeconds: number;
      readonly seconds: number;
      readonly peakMiB: number;
    }
  | { readonly report: 'left' };

/** The detector's limit, and how many readings above it in a row make it fire. */
export const LIMIT = 0.8;
export const POINTS = 3;
export const EVERY_MS = 1000;
export const HEARTBEAT_MS = 5000;
