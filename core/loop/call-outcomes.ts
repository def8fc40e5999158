import { AttituneError, ERROR_CODES, type ErrorCode } from '../model/errors.js';

/** How one operation on one component ended, as JSON. */
export interface CallOutcome {
  /** Of the call. */
  readonly key: string;
  readonly component: string;
  readonly result?: unknown;
  readonly failure?: { readonly code: string; readonly message: string };
}

/**
 * What the operations of a session answered, until the session has taken note of it. After a crash between the two, the
 * answer is given again, and the operation is not run again.
 */
export class CallOutcomes {
  #outcomes: readonly CallOutcome[];

  /** `changed` is called after each outcome, to store it. */
  constructor(
    stored: readonly CallOutcome[] = [],
    private readonly changed: () => void = () => undefined,
  ) {
    this.#outcomes = stored;
  }

  ended(key: string, component: string, result: unknown): void {
    this.#add({ key, component, ...(result === undefined ? {} : { result }) });
  }

  failed(key: string, component: string, { code, message }: AttituneError): void {
    this.#add({ key, component, failure: { code, message } });
  }

  /** Returns the result again, or throws the failure again; `undefined` for an operation that is not known to have ended. */
  replay(key: string, component: string): { readonly result: unknown } | undefined {
    const known = this.#outcomes.find((outcome) => outcome.key === key && outcome.component === component);
    if (!known) return undefined;
    if (!known.failure) return { result: known.result };
    const { code, message } = known.failure;
    throw new AttituneError(Object.hasOwn(ERROR_CODES, code) ? (code as ErrorCode) : 'operation-failed', message);
  }

  /** Forgets what the session has taken note of: `pending` are the keys that it still waits for. */
  forgetBut(pending: readonly string[]): void {
    if (this.#outcomes.length === 0) return;
    const keys = new Set(pending);
    this.#outcomes = this.#outcomes.filter(({ key }) => keys.has(key));
  }

  toJSON(): readonly CallOutcome[] {
    return this.#outcomes;
  }

  #add(outcome: CallOutcome): void {
    this.#outcomes = [...this.#outcomes, outcome];
    this.changed();
  }
}
