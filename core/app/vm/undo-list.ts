import { AttituneError } from '../../model/errors.js';

interface Step {
  readonly what: string;
  readonly undo: () => Promise<void>;
}

/** What a command has made so far, and how each is taken away again, last first. */
export class UndoList {
  readonly #steps: Step[] = [];

  get empty(): boolean {
    return this.#steps.length === 0;
  }

  /** `what` names it for people, should it be left behind: `the disks of web`. */
  made(what: string, undo: () => Promise<void>): void {
    this.#steps.push({ what, undo });
  }

  /**
   * Takes everything away; resolves with the error to be told: `error`, and what is left, if anything. What was made before
   * something that cannot be taken away stays, too: the disks of a domain that may still run are not to be touched.
   */
  async after(error: unknown): Promise<AttituneError> {
    const known = AttituneError.from(error, 'operation-failed');
    const left: string[] = [];
    for (const { what, undo } of this.#steps.reverse()) {
      if (left.length > 0) left.push(what);
      else await undo().catch((reason: unknown) => left.push(`${what} (${AttituneError.from(reason).message})`));
    }
    if (left.length === 0) return known;
    return new AttituneError(known.code, `${known.message} Left behind, remove it yourself: ${left.join('; ')}.`, {
      cause: known,
      details: { ...known.details, left },
    });
  }
}
