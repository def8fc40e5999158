import type { ObjectiveTerm } from '../problem.js';

/** A term that tells the search where to look. Every hint may be absent: it saves time, and never changes what is right. */
export interface GuidedTerm extends ObjectiveTerm {
  /** How much the term would gain, roughly, if the host had less load; hosts of least pressure are tried as targets first. */
  pressure?(host: number): number;
  /** Hosts that the VM may be drawn to whatever their pressure, such as those of the VMs that it talks to. */
  draws?(vm: number): Iterable<number>;
  /** Hosts that are worth emptying as a whole, the most promising first: where single moves gain nothing. */
  emptiable?(): readonly number[];
  /** What an exchange of two VMs would add to the value; absent: it is tried and taken back. */
  exchangeDelta?(a: number, b: number): number;
}

/** A term, and what plans tell of it. */
export interface Objective {
  readonly term: GuidedTerm;
  /** Named measures for `Plan.before` and `after`. */
  measures(): Readonly<Record<string, number>>;
  /** True: what was asked for is so. */
  holds(): boolean;
  /** How it is now, in words for one line of the journal: `host1 is at 92 %`. */
  told(): string;
  /** Hosts that it is not so of, by name, to be asked why: of those to be emptied also the VMs that are left. */
  unmet?(): {
    readonly leave?: readonly string[];
    readonly left?: readonly string[];
    readonly cool?: readonly string[];
  };
}
