import { AttituneError } from './errors.js';

export type LifeCycleState = 'stopped' | 'starting' | 'started' | 'stopping' | 'failed';

/** Which state may follow which; `failed` may follow any. */
const NEXT: Readonly<Record<LifeCycleState, readonly LifeCycleState[]>> = {
  stopped: ['starting'],
  starting: ['started', 'stopped', 'failed'],
  started: ['stopping', 'starting', 'failed'],
  stopping: ['stopped', 'failed'],
  failed: ['starting', 'stopping', 'stopped', 'failed'],
};

/**
 * Life cycle of one component. `expected` is what the administrator or a diagram wants, `actual` is what is:
 * two facts, so that a component that died is told from one that was stopped.
 */
export class LifeCycleController {
  #actual: LifeCycleState = 'stopped';
  #expected: 'stopped' | 'started' = 'stopped';
  #failure: string | undefined;
  readonly #owner: string;
  readonly #guard: (next: LifeCycleState) => void;
  readonly #onChange: () => void;

  /** `guard` throws if the component may not enter the next state, such as on an unbound mandatory interface. */
  constructor(
    owner: string,
    guard: (next: LifeCycleState) => void = () => undefined,
    onChange: () => void = () => undefined,
  ) {
    this.#owner = owner;
    this.#guard = guard;
    this.#onChange = onChange;
  }

  get state(): LifeCycleState {
    return this.#actual;
  }
  get expected(): 'stopped' | 'started' {
    return this.#expected;
  }
  /** Why it failed; `undefined` in every other state. */
  get failure(): string | undefined {
    return this.#failure;
  }

  /** Throws `illegal-life-cycle` where the transition does not exist; the state is then as before. */
  enter(next: LifeCycleState, failure?: string): void {
    if (next !== 'failed' && !NEXT[this.#actual].includes(next)) {
      throw new AttituneError(
        'illegal-life-cycle',
        `${this.#owner} is ${this.#actual} and cannot become ${next}; from here it can become ${NEXT[this.#actual].join(' or ')}.`,
      );
    }
    this.#guard(next);
    this.#actual = next;
    this.#failure = next === 'failed' ? (failure ?? 'no reason was given') : undefined;
    if (next === 'starting') this.#expected = 'started';
    if (next === 'stopping' || next === 'stopped') this.#expected = 'stopped';
    this.#onChange();
  }

  /** Sets what a former manager knew, without asking whether the one may follow the other. */
  restore(actual: LifeCycleState, expected: 'stopped' | 'started', failure?: string): void {
    this.#actual = actual;
    this.#expected = expected;
    this.#failure = actual === 'failed' ? (failure ?? 'no reason was given') : undefined;
    this.#onChange();
  }
}
