import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import './bus-token.js';

const CLI = new URL('../../core/app/attitune.js', import.meta.url).pathname;

/** A real `attitune agent`, in a process of its own. */
export class AgentProcess {
  readonly #child: ChildProcess;
  /** All that it said. */
  said = '';

  constructor(...args: readonly string[]) {
    const env = { ...process.env, ATTITUNE_BUS: undefined, ATTITUNE_PKI: undefined };
    this.#child = spawn(process.execPath, [CLI, 'agent', ...args], { stdio: ['ignore', 'pipe', 'pipe'], env });
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => (this.said += text));
  }

  get pid(): number {
    return this.#child.pid as number;
  }

  get ended(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  /** Sends a signal and waits for its end; resolves with its exit code, if it ended by itself. */
  async end(signal: NodeJS.Signals): Promise<number | null> {
    if (!this.ended) {
      const exit = once(this.#child, 'exit');
      this.#child.kill(signal);
      await exit;
    }
    return this.#child.exitCode;
  }

  /** Waits until it ends by itself. */
  async over(): Promise<number | null> {
    if (!this.ended) await once(this.#child, 'exit');
    return this.#child.exitCode;
  }
}
