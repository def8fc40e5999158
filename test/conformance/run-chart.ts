import { SimulatedClock } from '../../core/model/clock.js';
import type { SessionResult } from '../../core/model/diagram.js';
import { AttituneError, formatError } from '../../core/model/errors.js';
import { ScxmlEngine } from '../../diagrams/statechart/index.js';
import type { BasicHttp, ChartSession } from '../../diagrams/statechart/index.js';

/** Simulated time after which nothing more is waited for. */
const LONGEST_MS = 120_000;

/** A chart that runs alone on a simulated clock, with all that the standard asks for and nothing of ours. */
export class LoneChart {
  readonly clock = new SimulatedClock();
  readonly session: ChartSession;
  result: SessionResult | undefined;

  /** Throws what is wrong with the file. */
  constructor(
    file: string,
    engine: ScxmlEngine,
    private readonly http?: BasicHttp,
  ) {
    const { diagram, errors } = engine.read(file);
    if (!diagram) throw new AttituneError('usage', errors.map(formatError).join('\n'));
    this.session = engine.start(diagram, {
      id: 'conformance',
      clock: this.clock,
      data: {},
      invoke: ({ src }) => Promise.reject(new AttituneError('unknown-operation', `there is no operation "${src}".`)),
      emit: () => undefined,
      assign: (path) => {
        throw new AttituneError('unknown-attribute', `there is no component to write "${path}" of.`);
      },
      onStep: () => undefined,
      onLog: () => undefined,
    });
    void this.session.done.then((result) => {
      this.result = result;
    });
  }

  /** Lets everything happen that happens at this instant. */
  async settle(): Promise<void> {
    await this.clock.advance(0);
  }

  /** Lets time pass until the chart ends, or nothing more can happen. */
  async toTheEnd(): Promise<SessionResult | undefined> {
    await this.settle();
    while (!this.result) {
      await this.http?.idle();
      await this.settle();
      const due = this.clock.nextDueAt;
      if (due === undefined || due > LONGEST_MS) break;
      await this.clock.advance(due - this.clock.now());
    }
    return this.result;
  }
}

/** The engine as the standard has it. */
export function standardEngine(): ScxmlEngine {
  return new ScxmlEngine({ unhandledErrors: 'ignore', illegalExpressions: 'raise' });
}
