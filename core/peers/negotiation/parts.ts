import type { Clock } from '../../model/clock.js';
import type { DiagramEngine } from '../../model/diagram.js';
import type { MemberBus } from '../../model/member-bus.js';
import type { HelpCandidate, PeerHost, PeerVm } from '../../model/peer.js';
import type { Random } from '../../model/random.js';
import type { HelpDiagrams } from './help-diagrams.js';
import type { OfferEndReport } from './outcome.js';

/** Who asks, and what else may come, for the decision whether to take one more VM. */
export interface TakingContext {
  readonly asker: string;
  /** The cell that the asker is in. */
  readonly cell?: string;
  /** VMs that other offers may bring; they are not among the host's VMs yet. */
  readonly expected: readonly PeerVm[];
}

/** What a peer wants; its policy, outside the protocol. All may be asked at any time. */
export interface HelpWishes {
  /** What this peer would give away, what it would like best first. */
  candidates(): Promise<readonly HelpCandidate[]>;
  /** Whom to ask, best known first; at most `most` names. */
  whomToAsk(most: number): readonly string[];
  /** Which of the candidates this peer would take, if any. There is memory for each of them. */
  suitable(
    candidates: readonly HelpCandidate[],
    context: TakingContext,
  ): HelpCandidate | undefined | Promise<HelpCandidate | undefined>;
  /** Whether this peer takes anything in at all. A request to one that does not costs it nothing. */
  accepting(): boolean;
}

export interface NegotiatorParts extends HelpWishes {
  readonly bus: MemberBus;
  readonly engine: Pick<DiagramEngine, 'start'>;
  readonly host: PeerHost;
  readonly clock: Clock;
  /** Makes the names of negotiations and offers; it must not repeat itself in another life of the peer. */
  readonly random: Random;
  readonly diagrams: HelpDiagrams;
  /** Variables of the diagrams that are set otherwise than in the file, such as `within`. */
  readonly parameters?: {
    readonly ask?: Readonly<Record<string, string>>;
    readonly offer?: Readonly<Record<string, string>>;
  };
  /** The cell of this peer. */
  readonly cell?: string;
  /**
   * True: it may give one VM away while another comes. False unless told: who gives does not take, so that no two peers
   * swap their load, and a decision to give is not based on room that is about to be filled.
   */
  readonly bothWays?: boolean;
  /** Offers that are open at once; further requests are not heard. 16 unless told. */
  readonly mostOffers?: number;
  /** Told of each step of each negotiation. */
  readonly onStep?: (step: NegotiationStep) => void;
  /** Told how each offer ended that was thought of. */
  readonly onOfferEnd?: (end: OfferEndReport) => void;
}

export interface NegotiationStep {
  readonly negotiation: string;
  readonly side: 'ask' | 'offer';
  /** Ids of all active states. */
  readonly configuration: readonly string[];
  /** The event that led there. */
  readonly event?: string;
}
