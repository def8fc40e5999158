import { PEER_OPERATIONS, PEER_SENDS } from './negotiation/operations.js';

/** What a diagram of a peer may call, for whoever checks it before it runs. */
export interface PeerOperationDescription {
  readonly description: string;
  /** Parameters that must be given. */
  readonly parameters: readonly string[];
  /** Parameters that may be given, too. */
  readonly optional?: readonly string[];
}

/** Operations of every diagram that peers run: the two sides of the help protocol, the levels, and exchanges. */
export const PEER_DIAGRAM_OPERATIONS: Readonly<Record<string, PeerOperationDescription>> = {
  ...PEER_OPERATIONS,
  'peer.adapt': { description: 'Redistributes CPUs and weights on the own host: {changes}.', parameters: [] },
  'peer.help': {
    description: 'One negotiation with peers of the own cell, or of others: how it ended, as {kind}.',
    parameters: ['where'],
  },
  'peer.trade': { description: 'One attempt at an exchange: how it ended, as {kind}.', parameters: [] },
  'trade.survey': {
    description: 'Asks others what they would take, and give in return: {found}.',
    parameters: ['most'],
  },
  'trade.reserve': { description: 'Reserves every part of the exchange: {reserved}.', parameters: [] },
  'trade.move': { description: 'Has the next migration of the exchange done: {left}.', parameters: [] },
};

/** Events that those diagrams send with `<send type="attitune">`. */
export const PEER_DIAGRAM_SENDS: Readonly<Record<string, string>> = {
  ...PEER_SENDS,
  'trade.end': 'Tells those that reserved a part that the exchange is over.',
};
