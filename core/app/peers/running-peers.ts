import type { PeerRole } from '../../model/peer.js';

/** The peers of a deployment while they run. */
export interface RunningPeers {
  /** The role that each host's policy gave it last, by host; `idle` before it looked at itself. */
  roles(): Readonly<Record<string, PeerRole>>;
  /** When a role changed last, or a peer began; milliseconds since the epoch. */
  changedAt(): number;
  /** No peer decides anything from now on; resolves when what they had begun has ended. Idempotent. */
  stop(): Promise<void>;
}
