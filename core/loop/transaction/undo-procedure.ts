import type { Diagram, SessionResult } from '../../model/diagram.js';
import { AttituneError } from '../../model/errors.js';
import type { Journal } from '../journal.js';
import type { KeptSession } from '../keeping/kept-session.js';
import { tellRollback, type Rollback } from './rollback.js';
import type { Transaction } from './transaction.js';

/** A procedure that failed, before it is undone. */
export interface FailedProcedure {
  readonly kept: KeptSession;
  /** Journal entry of its beginning. */
  readonly entry: number | undefined;
  readonly transaction: Transaction | undefined;
}

/** What undoing needs. */
export interface UndoGround {
  readonly journal: Journal;
  readonly rollback: Rollback;
}

/**
 * Undoes what a procedure did that failed, tells all of it in one entry of the journal, and gives the result that the one
 * who asked for the procedure gets: the error of what failed, with what was undone. Never rejects but with `store`.
 */
export async function undoProcedure(
  diagram: Diagram,
  { kept, entry: cause, transaction }: FailedProcedure,
  result: SessionResult,
  { journal, rollback }: UndoGround,
): Promise<SessionResult> {
  const { id } = kept.head;
  const error = result.error ?? new AttituneError('diagram-failed', 'no reason was given');
  const told = `${diagram.name} failed: ${error.message}`;
  if (!transaction || transaction.records.length + transaction.outcomes.length === 0) {
    kept.end('failed', () => {
      // what was not to be done is no trouble: the diagram had no transition for it
      const kind = error.code === 'declined' ? 'session' : 'trouble';
      journal.append(kind, diagram.name, told, { cause, data: { code: error.code } });
    });
    return { ...result, error };
  }
  const what = transaction.failure ? 'goes on being undone' : 'is being undone';
  transaction.fail(error);
  journal.append('session', diagram.name, `${told} What it did ${what}.`, { cause, data: { session: id } });
  const report = await rollback.run(transaction, id, cause);
  const outcome = tellRollback(report);
  const code = outcome === '' ? error.code : 'rolled-back';
  kept.end('failed', () => {
    journal.append('trouble', diagram.name, `${told}${outcome && ` ${outcome}`}`, {
      cause,
      data: { code, reason: error.code, session: id, ...report },
    });
  });
  if (outcome === '') return { ...result, error };
  const { place, details } = error;
  return {
    ...result,
    error: new AttituneError(error.code, `${error.message} ${outcome}`, {
      cause: error,
      place,
      details: { ...details, rollback: report },
    }),
  };
}
