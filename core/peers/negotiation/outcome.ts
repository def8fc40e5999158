import type { MigrationOutcome } from '../../model/migration.js';

/**
 * What came of asking for help. The first five are the final states of `ask-for-help`: `moved`; `nothing`: there is no VM
 * to give away; `unanswered`: nobody offered or confirmed in time; `failed`: the VM is where it was; `uncertain`: neither
 * host could tell in time where it is. `busy`: the peer is in another negotiation; `stopped`: it was closed meanwhile.
 */
export type HelpOutcome =
  | {
      readonly kind: 'moved';
      readonly vm: string;
      readonly to: string;
      /** Absent where the call failed and the VM turned out to have moved all the same. */
      readonly migration?: MigrationOutcome;
    }
  | { readonly kind: 'failed' | 'uncertain'; readonly vm: string; readonly to: string; readonly why: string }
  | { readonly kind: 'nothing' | 'unanswered' | 'busy' | 'stopped'; readonly why: string };

/**
 * How an offer ended: the final states of `offer-help`, and `stopped`. `lapsed`: nobody accepted it in time; `abandoned`:
 * the VM did not come, and nobody said why.
 */
export const OFFER_ENDS = ['declined', 'released', 'lapsed', 'arrived', 'failed', 'abandoned', 'stopped'] as const;
export type OfferEnd = (typeof OFFER_ENDS)[number];

export interface OfferEndReport {
  readonly negotiation: string;
  readonly asker: string;
  readonly end: OfferEnd;
  /** The VM that it was about, where that had been decided. */
  readonly vm?: string;
  readonly why?: string;
}

/** What a peer did since it began, by how it ended. */
export interface NegotiationCounts {
  readonly asked: Readonly<Record<HelpOutcome['kind'], number>>;
  readonly offered: Readonly<Record<OfferEnd, number>>;
  /** Requests that were declined before any offer was thought of: it takes nothing in, or gives itself. */
  readonly refused: number;
  /** Requests and offers that were heard again. */
  readonly repeated: number;
  /** Messages about negotiations that are not known here (any more). */
  readonly strange: number;
}

export type MutableCounts = {
  -readonly [K in keyof NegotiationCounts]: NegotiationCounts[K] extends number
    ? number
    : { -readonly [E in keyof NegotiationCounts[K]]: number };
};

export function noCounts(): MutableCounts {
  return {
    asked: { moved: 0, failed: 0, uncertain: 0, nothing: 0, unanswered: 0, busy: 0, stopped: 0 },
    offered: { declined: 0, released: 0, lapsed: 0, arrived: 0, failed: 0, abandoned: 0, stopped: 0 },
    refused: 0,
    repeated: 0,
    strange: 0,
  };
}
