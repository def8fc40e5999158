import { AttituneError, ERROR_CODES, type ErrorCode } from '../../model/errors.js';

/** How far one operation on one component came, as JSON. */
export interface CallOutcome {
  /** Of the call. */
  readonly key: string;
  readonly component: string;
  /** It was begun, and is not known to have ended. */
  readonly begun?: true;
  readonly result?: unknown;
  readonly failure?: { readonly code: string; readonly message: string };
}

const STEP = ' step ';

/** The key of one step of a call: kept, and forgotten, with the call. */
export function callOfStep(key: string, step: number): string {
  return `${key}${STEP}${step}`;
}

/**
 * What the operations of a session answered, until the session has taken note of it. After a crash between the two, the
 * answer is given again, and the operation is not run again. One that may not be repeated is noted before it begins too,
 * so that one that was only about to begin, or waited for its components, is told from one that was cut off.
 */
export class CallOutcomes {
  #outcomes: readonly CallOutcome[];

  /** `changed` is called after each outcome, to store it; `write` stores it at once, and throws where it cannot. */
  constructor(
    stored: readonly CallOutcome[] = [],
    private readonly changed: () => void = () => undefined,
    private readonly write: () => void = () => undefined,
  ) {
    this.#outcomes = stored;
  }

  /** It is safe that it was begun when this returns. Throws `store`: then it must not begin. */
  begin(key: string, component: string): void {
    this.#put({ key, component, begun: true });
    try {
      this.write();
    } catch (error) {
      this.#outcomes = this.#outcomes.filter((outcome) => outcome.key !== key || outcome.component !== component);
      throw error;
    }
  }

  hasBegun(key: string, component: string): boolean {
    return this.#find(key, component) !== undefined;
  }

  ended(key: string, component: string, result: unknown): void {
    this.#add({ key, component, ...(result === undefined ? {} : { result }) });
  }

  failed(key: string, component: string, { code, message }: AttituneError): void {
    this.#add({ key, component, failure: { code, message } });
  }

  /** Returns the result again, or throws the failure again; `undefined` for an operation that is not known to have ended. */
  replay(key: string, component: string): { readonly result: unknown } | undefined {
    const known = this.#find(key, component);
    if (!known || known.begun) return undefined;
    if (!known.failure) return { result: known.result };
    const { code, message } = known.failure;
    throw new AttituneError(Object.hasOwn(ERROR_CODES, code) ? (code as ErrorCode) : 'operation-failed', message);
  }

  /** Forgets what the session has taken note of: `pending` are the keys that it still waits for. */
  forgetBut(pending: readonly string[]): void {
    if (this.#outcomes.length === 0) return;
    const keys = new Set(pending);
    this.#outcomes = this.#outcomes.filter(({ key }) => keys.has(key) || keys.has(key.split(STEP)[0] ?? ''));
  }

  toJSON(): readonly CallOutcome[] {
    return this.#outcomes;
  }

  #find(key: string, component: string): CallOutcome | undefined {
    return this.#outcomes.find((outcome) => outcome.key === key && outcome.component === component);
  }

  #put(outcome: CallOutcome): void {
    const { key, component } = outcome;
    const others = this.#outcomes.filter((other) => other.key !== key || other.component !== component);
    this.#outcomes = [...others, outcome];
  }

  #add(outcome: CallOutcome): void {
    this.#put(outcome);
    this.changed();
  }
}
