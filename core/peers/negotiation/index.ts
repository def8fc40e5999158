/**
 * The help protocol of peers: one peer asks a few others to take a VM, one of them offers, is accepted, confirms, and gets
 * it. What happens in which state and after which time is in two diagrams, `diagrams/library/ask-for-help.scxml` and
 * `offer-help.scxml`; here is what they call (`operations.ts`), and the way from messages to their events and back
 * ({@link Negotiator}). Why no VM is doubled and no memory stays reserved: `core/peers/README.md`.
 */
export { readHelpDiagrams } from './help-diagrams.js';
export type { HelpDiagrams } from './help-diagrams.js';
export { Negotiator } from './negotiator.js';
export { PEER_OPERATIONS, PEER_SENDS } from './operations.js';
export type { HelpOutcome, NegotiationCounts, OfferEnd, OfferEndReport } from './outcome.js';
export type { HelpWishes, NegotiationStep, NegotiatorParts, TakingContext } from './parts.js';
export { Reservations } from './reservations.js';
