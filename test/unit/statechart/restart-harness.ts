import { SimulatedClock } from '../../../core/model/clock.js';
import type { OperationCall, SessionCheckpoint, SessionEnvironment } from '../../../core/model/diagram.js';
import { AttituneError } from '../../../core/model/errors.js';
import { ScxmlEngine } from '../../../diagrams/statechart/index.js';
import type { ChartSession, ScxmlEngineOptions } from '../../../diagrams/statechart/index.js';
import { readDiagram } from './harness.js';

interface PendingCall {
  readonly call: OperationCall;
  readonly settle: (outcome: 'done' | 'failed') => void;
}

/**
 * A manager that can die: its sessions go on in a new engine from the last checkpoint, which went through JSON. Clock
 * and world stay; `effects` is what the world saw, in order.
 */
export class MortalManager {
  readonly clock = new SimulatedClock(1_000_000);
  readonly effects: string[] = [];
  readonly checkpoints: string[] = [];
  readonly calls: OperationCall[] = [];
  session: ChartSession;
  pending: PendingCall[] = [];
  readonly #keys = new Set<string>();
  #text: string;
  #life = 0;
  /** Dies at the n-th checkpoint from now, before anything of that step is done. */
  #diesAfter = Infinity;

  constructor(
    text: string,
    private readonly options: ScxmlEngineOptions = { unhandledErrors: 'ignore' },
    private readonly data: Readonly<Record<string, unknown>> = {},
  ) {
    this.#text = text;
    const engine = new ScxmlEngine(this.options);
    this.session = engine.start(readDiagram(text, engine), this.#environment());
  }

  get last(): SessionCheckpoint {
    return JSON.parse(this.checkpoints.at(-1) as string) as SessionCheckpoint;
  }

  dieAtCheckpoint(count: number): void {
    this.#diesAfter = count;
  }

  get dead(): boolean {
    return this.#diesAfter <= 0;
  }

  /** Dies, if it has not yet, and goes on in a new engine; `text` is the diagram as it is then. */
  async restart(text = this.#text): Promise<void> {
    this.#text = text;
    this.#life += 1;
    this.#diesAfter = Infinity;
    this.pending = [];
    this.session.stop();
    const engine = new ScxmlEngine(this.options);
    this.session = engine.resume(readDiagram(text, engine), this.last, this.#environment());
    await this.clock.advance(0);
  }

  async send(name: string, data?: unknown): Promise<void> {
    this.session.send({ name, data });
    await this.clock.advance(0);
  }

  /** Lets the oldest pending operation end. */
  async settle(outcome: 'done' | 'failed'): Promise<void> {
    this.pending.shift()?.settle(outcome);
    await this.clock.advance(0);
  }

  #environment(): SessionEnvironment {
    const life = this.#life;
    const alive = () => life === this.#life && !this.dead;
    const saw = (what: string) => {
      if (alive()) this.effects.push(what);
    };
    return {
      id: 'm1',
      clock: this.clock,
      data: this.data,
      invoke: (call) => {
        if (!alive()) return new Promise(() => undefined);
        this.calls.push(call);
        // a repeated call is no new effect: its key says so
        if (!this.#keys.has(call.key)) saw(`invoke ${call.src} ${call.key}`);
        this.#keys.add(call.key);
        return new Promise((resolve, reject) => {
          const settle = (outcome: 'done' | 'failed') =>
            outcome === 'done' ? resolve(call.key) : reject(new AttituneError('operation-failed', call.key));
          this.pending.push({ call, settle });
          call.signal.addEventListener('abort', () => {
            this.pending = this.pending.filter((other) => other.call !== call);
          });
        });
      },
      emit: (event) => saw(`emit ${JSON.stringify(event)}`),
      assign: (path, value) => saw(`assign ${path} ${JSON.stringify(value)}`),
      onStep: () => undefined,
      onLog: (label, value) => saw(`log ${label} ${JSON.stringify(value)}`),
      onCheckpoint: (checkpoint) => {
        if (!alive()) return;
        this.checkpoints.push(JSON.stringify(checkpoint));
        this.#diesAfter -= 1;
      },
    };
  }
}
