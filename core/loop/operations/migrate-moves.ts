import type { Component } from '../../model/component.js';
import { AttituneError } from '../../model/errors.js';
import { checkStep } from '../../placement/check-step.js';
import type { ClusterView } from '../planning/cluster-view.js';
import type { Journal } from '../journal.js';
import type { CallContext } from './call-context.js';
import { callOfStep } from './call-outcomes.js';
import type { ComponentCall } from './component-call.js';
import {
  BELOW_PARAMETER,
  belowOf,
  MOVES_PARAMETER,
  readPlannedMoves,
  stepsOf,
  type MovesOutcome,
  type PlannedMove,
  type UnmadeMove,
} from './planned-moves.js';

export interface MigrateMovesParts {
  /** Calls one operation of one component. */
  readonly calls: { call(component: Component, call: ComponentCall, context: CallContext): Promise<unknown> };
  readonly cluster: Pick<ClusterView, 'snapshot'>;
  readonly journal: Journal;
}

/**
 * `vms.migrate` with the parameter `moves`: carries a plan of several moves out, step by step. Those of a step go side by
 * side through the migration queue; before each step its moves are checked against the cluster as it then is, and what
 * does not fit any more is left out. A migration that fails leaves the others be. After a restart of the manager it goes on
 * with what was not made. Rejects with `value` for wrong moves, `unknown-component` for a VM that the path does not reach,
 * and with the reason of an abort.
 */
export async function migrateMoves(
  parts: MigrateMovesParts,
  reached: readonly Component[],
  call: ComponentCall,
  context: CallContext,
): Promise<MovesOutcome> {
  const { [MOVES_PARAMETER]: text = '', [BELOW_PARAMETER]: below, ...parameters } = call.parameters;
  const moves = readPlannedMoves(text);
  const limit = belowOf(below);
  const vms = new Map(reached.map((component) => [component.name, component]));
  const unknown = moves.find(({ vm }) => !vms.has(vm));
  if (unknown)
    throw new AttituneError(
      'unknown-component',
      `The path reaches no "${unknown.vm}", which is to be moved to ${unknown.to}; it reaches ${[...vms.keys()].join(', ') || 'none'}.`,
    );
  const done: PlannedMove[] = [];
  const failed: UnmadeMove[] = [];
  const skipped: UnmadeMove[] = [];
  for (const step of stepsOf(moves)) {
    call.signal.throwIfAborted();
    const begun = step.filter((move) => call.resumed && wasMade(parts, move, call, context));
    done.push(...begun);
    const { go, skip } = checkStep(
      parts.cluster.snapshot(),
      step.filter((move) => !begun.includes(move)),
      limit,
    );
    for (const { move, why } of skip) {
      skipped.push({ ...move, why });
      const told = `${move.vm} is not moved to ${move.to}: ${why}`;
      parts.journal.append('operation', move.vm, told, { cause: context.cause, data: { skipped: move, why } });
    }
    const results = await Promise.allSettled(
      go.map((move) => {
        const own = { ...parameters, to: move.to };
        const key = callOfStep(call.key, move.step);
        return parts.calls.call(component(vms, move), { ...call, parameters: own, key }, context);
      }),
    );
    // what was called off is no failure of a move: the whole call ends
    call.signal.throwIfAborted();
    results.forEach((result, index) => {
      const move = go[index];
      if (!move) return;
      if (result.status === 'fulfilled') done.push(move);
      else failed.push({ ...move, why: AttituneError.from(result.reason, 'operation-failed').message });
    });
  }
  return { done, failed, skipped };
}

/** A former manager saw its end, or began it, and the VM has arrived since. */
function wasMade(
  { cluster }: MigrateMovesParts,
  { vm, to, step }: PlannedMove,
  call: ComponentCall,
  { outcomes }: CallContext,
): boolean {
  try {
    if (outcomes?.replay(callOfStep(call.key, step), vm) !== undefined) return true;
  } catch {
    // it failed then: whether it may be tried again the check tells
    return false;
  }
  return cluster.snapshot().vms.some(({ name, host }) => name === vm && host === to);
}

function component(vms: ReadonlyMap<string, Component>, { vm }: PlannedMove): Component {
  const found = vms.get(vm);
  if (!found) throw new AttituneError('unknown-component', `No component is named "${vm}".`);
  return found;
}
