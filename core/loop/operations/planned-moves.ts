import { AttituneError } from '../../model/errors.js';
import { parseRatio } from '../../model/quantity.js';

/** The parameter of `migrate` that carries the moves of a plan: the JSON of `Plan.moves`. */
export const MOVES_PARAMETER = 'moves';

/** The fraction of its CPU that no target may be brought to; absent: any load may be. */
export const BELOW_PARAMETER = 'below';

/** One move of a plan, as a diagram hands it on. */
export interface PlannedMove {
  readonly vm: string;
  readonly from?: string;
  readonly to: string;
  readonly step: number;
}

/** A move that was not made. */
export interface UnmadeMove extends PlannedMove {
  readonly why: string;
}

/**
 * What became of a plan's moves, the data of `done.invoke.ID`: those that were made; those whose migration failed, or was
 * refused; those that did not fit any more when their step began, or that a failed one had to make room for.
 */
export interface MovesOutcome {
  readonly done: readonly PlannedMove[];
  readonly failed: readonly UnmadeMove[];
  readonly skipped: readonly UnmadeMove[];
}

/** Throws `value` for what is no list of moves. */
export function readPlannedMoves(text: string): readonly PlannedMove[] {
  let list: unknown;
  try {
    list = JSON.parse(text);
  } catch (error) {
    throw notMoves(`it is no JSON (${error instanceof Error ? error.message : String(error)})`);
  }
  if (!Array.isArray(list)) throw notMoves('it is no list');
  return list.map((item: unknown, index) => {
    const {
      vm,
      from,
      to,
      step = 0,
    } = (typeof item === 'object' && item !== null ? item : {}) as Record<string, unknown>;
    const number = index + 1;
    if (typeof vm !== 'string' || vm === '' || typeof to !== 'string' || to === '')
      throw notMoves(`move ${number} needs "vm" and "to"`);
    if (from !== undefined && typeof from !== 'string') throw notMoves(`"from" of move ${number} is no name`);
    if (typeof step !== 'number' || !Number.isInteger(step) || step < 0)
      throw notMoves(`"step" of move ${number} must be a whole number from 0 on`);
    return { vm, to, step, ...(from === undefined ? {} : { from }) };
  });
}

/** The moves of each step, first step first. */
export function stepsOf(moves: readonly PlannedMove[]): readonly (readonly PlannedMove[])[] {
  const steps = new Map<number, PlannedMove[]>();
  for (const move of moves) {
    const others = steps.get(move.step);
    if (others) others.push(move);
    else steps.set(move.step, [move]);
  }
  return [...steps].sort(([a], [b]) => a - b).map(([, of]) => of);
}

/** Throws `value`. */
export function belowOf(text: string | undefined): number | undefined {
  return text === undefined ? undefined : parseRatio(text);
}

function notMoves(what: string): AttituneError {
  return new AttituneError(
    'value',
    `The parameter "${MOVES_PARAMETER}" of migrate must be the moves of a plan, as <param name="moves" expr="plan.moves"/> gives them: ${what}.`,
  );
}
