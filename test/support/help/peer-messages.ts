import type { NegotiationCounts, NegotiationStep } from '../../../core/peers/negotiation/index.js';

/** What a peer's process and the test tell each other: the test is the hypervisors. */
export type FromPeer =
  | { readonly kind: 'ready' }
  | { readonly kind: 'step'; readonly step: NegotiationStep }
  | { readonly kind: 'status'; readonly status: PeerStatus }
  | { readonly kind: 'call'; readonly id: number; readonly method: HostMethod; readonly args: readonly string[] }
  | { readonly kind: 'abort'; readonly id: number };

export type ToPeer =
  | { readonly kind: 'status' }
  | { readonly kind: 'answer'; readonly id: number; readonly answer?: unknown; readonly error?: string };

export type HostMethod = 'readings' | 'vms' | 'migrating' | 'migrate';

export interface PeerStatus {
  readonly reservedMiB: number;
  readonly busy: boolean;
  readonly connected: boolean;
  readonly counts: NegotiationCounts;
}
