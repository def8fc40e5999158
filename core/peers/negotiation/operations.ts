/** What a diagram of a peer may call and send, for whoever checks such a diagram before it runs. */
interface PeerOperationDescription {
  readonly description: string;
  readonly parameters: readonly string[];
}

/** Operations of `<invoke type="attitune" src="peer.…">`; every parameter must be given. */
export const PEER_OPERATIONS = {
  'peer.candidates': {
    description:
      'Tells the VMs to give away, best first: {candidates, why}. Those that came within coolDown are left out.',
    parameters: ['coolDown'],
  },
  'peer.request': {
    description: 'Asks so many other peers for help with one of the candidates: {asked}, their names.',
    parameters: ['candidates', 'fanout', 'within'],
  },
  'peer.accept': {
    description: 'Accepts an offer: {confirmed, why}. Fails where the offerer does not answer.',
    parameters: ['offer', 'within'],
  },
  'peer.migrate': {
    description: 'Migrates a VM live to the peer whose confirmed offer named it. Leaving the state aborts it.',
    parameters: ['vm', 'to'],
  },
  'peer.done': {
    description: 'Tells the offerer what came of it: outcome moved, or failed with why.',
    parameters: ['offer', 'outcome'],
    optional: ['why'],
  },
  'peer.locate': {
    description:
      'Asks the hosts on both sides where the VM is: {vm}, which is here, there, moving, both, nowhere or unknown.',
    parameters: ['vm', 'within'],
    optional: ['peer'],
  },
  'peer.choose': {
    description: 'Decides which of the candidates of the request to take: {vm}, or {vm: null, why}.',
    parameters: [],
  },
  'peer.reserve': {
    description: 'Reserves memory for one of the candidates: {reserved, why}.',
    parameters: ['vm'],
  },
  'peer.offer': {
    description: 'Offers the asker to take the VM; the offer is good for the time held.',
    parameters: ['vm', 'held'],
  },
  'peer.confirm': {
    description: 'Answers the acceptance, and every repetition of it: the VM may come.',
    parameters: [],
  },
} as const satisfies Readonly<Record<string, PeerOperationDescription & { readonly optional?: readonly string[] }>>;

export type PeerOperation = keyof typeof PEER_OPERATIONS;

/** Events of `<send type="attitune">` that a peer carries out. */
export const PEER_SENDS = {
  'help.release': 'Tells the peer of the target that its offer, the argument, is not needed.',
  'reservation.free': 'Frees the memory that was reserved for the VM of the argument.',
} as const satisfies Readonly<Record<string, string>>;

export type PeerSend = keyof typeof PEER_SENDS;
