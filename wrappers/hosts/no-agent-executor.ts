import { AttituneError } from '../../core/model/errors.js';
import type { Executor } from '../../core/model/executor.js';

/**
 * Stands for the executor of a host that is another machine, where there is no bus: software is then administered on this
 * machine and inside virtual machines only; whoever wants it elsewhere is told so.
 */
export class NoAgentExecutor implements Executor {
  readonly run = this.#refuse;
  readonly start = this.#refuse;
  readonly signal = this.#refuse;
  readonly isRunning = this.#refuse;
  readonly put = this.#refuse;
  readonly get = this.#refuse;

  constructor(readonly node: string) {}

  get #refuse(): () => Promise<never> {
    return () =>
      Promise.reject(
        new AttituneError(
          'operation-failed',
          `Nothing of AttiTUNe runs on the host ${this.node} that could start software there: only its virtual machines are administered. Run 'attitune manager' with an agent on that host, or put the class inside a virtual machine.`,
        ),
      );
  }
}
