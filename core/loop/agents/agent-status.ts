import type { AgentStatus } from '../../model/manager-status.js';
import type { KnownAgent } from './agent-directory.js';
import type { AgentState } from './agent-watch.js';

export interface StatusFacts {
  readonly name: string;
  /** Absent: nothing is known of it but that it is awaited. */
  readonly known?: KnownAgent | undefined;
  /** What the watch says; absent: nobody watches it. */
  readonly watched?: AgentState | undefined;
  readonly refused: Readonly<Record<string, number>>;
  /** What was seen of its clock, while messages of it are refused for that. */
  readonly clock?: string | undefined;
  readonly host: boolean;
}

/** An agent in one line, as data. Pure. */
export function agentStatus({ name, known, watched, refused, clock, host }: StatusFacts, now: number): AgentStatus {
  const { heartbeat, heardAt } = known ?? {};
  return {
    name,
    state: stateOf(known, watched),
    host,
    ...(heardAt === undefined ? {} : { ageMs: Math.max(0, now - heardAt) }),
    ...(heartbeat && {
      everyMs: heartbeat.everyMs,
      accepting: heartbeat.accepting,
      ...(heartbeat.server ?? {}),
      ...(heartbeat.vms ? { vms: heartbeat.vms.length } : {}),
      probes: heartbeat.probes,
    }),
    troubles: Object.keys(heartbeat?.troubles ?? {}).length,
    ...(clock === undefined ? {} : { clock }),
    refused: { ...refused },
  };
}

function stateOf(known: KnownAgent | undefined, watched: AgentState | undefined): AgentStatus['state'] {
  const gone = known?.membership?.kind;
  if (watched === 'failed') return gone === 'left' ? 'left' : 'silent';
  if (known?.heardAt === undefined) return 'waiting';
  if (watched === 'alive') return 'alive';
  // nobody counts its heartbeats: membership is all there is
  return gone === 'left' ? 'left' : gone === 'failed' ? 'silent' : 'alive';
}
