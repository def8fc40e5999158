import type { Diagram, DiagramEngine } from '../model/diagram.js';
import type { Clock } from '../model/clock.js';
import { AttituneError } from '../model/errors.js';
import type { HelpOutcome } from './negotiation/outcome.js';
import { runPeerDiagram } from './run-peer-diagram.js';
import type { TradeOutcome } from './trading/trade-outcome.js';

/** Where other peers are looked for: in the own cell, or in others. */
export type Where = 'cell' | 'elsewhere';

/** What an overloaded peer can do, in the order of `diagrams/library/peer-levels.scxml`. */
export interface LevelOperations {
  /** VIOLIN's first phase, on the own host. */
  adapt(signal: AbortSignal): Promise<readonly string[]>;
  help(where: Where, signal: AbortSignal): Promise<HelpOutcome>;
  trade(signal: AbortSignal): Promise<TradeOutcome>;
}

/** The final states of the diagram, and `failed` where the diagram itself does. */
export const LEVEL_ENDS = ['adapted', 'moved', 'exchanged', 'alone', 'failed'] as const;
export type LevelEnd = (typeof LEVEL_ENDS)[number];

export interface LevelsRun {
  readonly diagram: Diagram;
  readonly engine: DiagramEngine;
  readonly clock: Clock;
  readonly peer: string;
  readonly parameters?: Readonly<Record<string, string>>;
  readonly operations: LevelOperations;
  readonly signal: AbortSignal;
}

/** Goes through the levels once. Resolves with where it ended; never rejects. */
export async function runLevels(run: LevelsRun): Promise<{ readonly end: LevelEnd; readonly why?: string }> {
  const { diagram, engine, clock, peer, parameters = {}, operations, signal } = run;
  const { finalState, error } = await runPeerDiagram(engine, diagram, signal, {
    id: `${diagram.name} of ${peer}`,
    clock,
    data: parameters,
    invoke: async ({ src, params, signal: left }) => {
      if (src === 'peer.adapt') return { changes: await operations.adapt(left) };
      if (src === 'peer.help') return operations.help(params['where'] === 'elsewhere' ? 'elsewhere' : 'cell', left);
      if (src === 'peer.trade') return operations.trade(left);
      throw new AttituneError('unknown-operation', `a peer has no operation "${src}" among its levels.`);
    },
    emit: () => undefined,
  });
  const end = LEVEL_ENDS.find((each) => each === finalState) ?? 'failed';
  return { end, ...(error ? { why: error.message } : {}) };
}
