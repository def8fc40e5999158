/** One migration of an exchange. */
export interface TradeStep {
  readonly vm: string;
  readonly from: string;
  readonly to: string;
  readonly memoryMiB: number;
}

/**
 * What came of looking for an exchange. `none`: there is none, or not now; `refused`: somebody would not reserve its part
 * any more; `aborted`: a migration failed: what had moved stays where it is, and every host is within its memory.
 */
export type TradeOutcome =
  | { readonly kind: 'done'; readonly trade: string; readonly steps: readonly TradeStep[] }
  | { readonly kind: 'none'; readonly why: string }
  | { readonly kind: 'refused'; readonly why: string }
  | {
      readonly kind: 'aborted';
      readonly trade: string;
      readonly steps: readonly TradeStep[];
      /** How many of the steps were done. */
      readonly done: number;
      readonly why: string;
    };
