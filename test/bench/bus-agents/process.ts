import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { AgentsOrder, AgentsReport, ManagerOrder, ManagerReport } from './messages.js';

interface Scripts {
  readonly agents: { readonly order: AgentsOrder; readonly report: AgentsReport };
  readonly manager: { readonly order: ManagerOrder; readonly report: ManagerReport };
}

/** A process of the bench that does what it is told, one order after the other. */
export class BenchProcess<S extends keyof Scripts> {
  readonly #child: ChildProcess;

  constructor(script: S) {
    this.#child = fork(fileURLToPath(new URL(`${script}.js`, import.meta.url)));
  }

  /** Resolves with the report that ends it. */
  tell<R extends Scripts[S]['report']['report']>(
    order: Scripts[S]['order'],
    ends: R,
  ): Promise<Extract<Scripts[S]['report'], { readonly report: R }>> {
    return new Promise((resolve, reject) => {
      const onExit = (code: number | null) =>
        reject(new Error(`a process of the bench ended with ${String(code)} at ${order.order}`));
      this.#child.once('exit', onExit);
      this.#child.once('message', (report: Scripts[S]['report']) => {
        this.#child.off('exit', onExit);
        if (report.report === ends) resolve(report as Extract<Scripts[S]['report'], { readonly report: R }>);
        else reject(new Error(`${order.order} ended in ${report.report}`));
      });
      this.#child.send(order);
    });
  }

  /** At once, whatever it does. */
  end(): void {
    this.#child.kill('SIGKILL');
  }
}
