import type {
  Diagram,
  DiagramEngine,
  DiagramSession,
  OperationCall,
  PendingOperation,
  SessionCheckpoint,
  SessionEnvironment,
  SessionResult,
} from '../../core/model/diagram.js';
import { AttituneError } from '../../core/model/errors.js';

/** One state of a scripted diagram: an operation that it waits for, a time, or an event of that name. */
export type FakeStep =
  { readonly invoke: string } | { readonly delayMs: number } | { readonly hear: string } | { readonly emit: string };

/** A diagram whose states follow one another. */
export interface FakeDiagram extends Diagram {
  readonly steps: readonly FakeStep[];
}

const PLACE = { file: 'fake', line: 1, column: 1 };

export function fakeDiagram(name: string, steps: readonly FakeStep[], hash = name): FakeDiagram {
  return {
    name,
    file: `/diagrams/${name}.scxml`,
    hash,
    steps,
    states: [],
    calls: steps.flatMap((step) => ('invoke' in step ? [{ src: step.invoke, params: [], place: PLACE }] : [])),
    hasComputedCalls: false,
    constants: {},
    hears: [],
    raises: [],
  } as FakeDiagram;
}

interface Position {
  readonly step: number;
  readonly attempts: number;
}

/** The smallest engine that does what the contract says of checkpoints and resumption. */
export class FakeEngine implements DiagramEngine {
  read(): { readonly errors: readonly AttituneError[] } {
    return { errors: [] };
  }

  start(diagram: Diagram, environment: SessionEnvironment): DiagramSession {
    return new FakeSession(diagram as FakeDiagram, environment, { step: 0, attempts: 0 });
  }

  resume(diagram: Diagram, checkpoint: SessionCheckpoint, environment: SessionEnvironment): DiagramSession {
    if (checkpoint.diagramHash !== diagram.hash)
      throw new AttituneError('diagram-changed', `The diagram ${diagram.name} was changed while it was interrupted.`);
    return new FakeSession(diagram as FakeDiagram, environment, checkpoint.state as Position, checkpoint);
  }
}

class FakeSession implements DiagramSession {
  readonly id: string;
  readonly done: Promise<SessionResult>;
  #settle: (result: SessionResult) => void = () => undefined;
  #ended = false;
  #hears: string | undefined;
  #position: Position;
  readonly #abort = new AbortController();

  constructor(
    private readonly diagram: FakeDiagram,
    private readonly environment: SessionEnvironment,
    position: Position,
    from?: SessionCheckpoint,
  ) {
    this.id = environment.id;
    this.#position = position;
    this.done = new Promise((resolve) => (this.#settle = resolve));
    this.#enter(from);
  }

  get configuration(): readonly string[] {
    return [`s${this.#position.step}`];
  }

  send({ name }: { readonly name: string }): void {
    if (!this.#ended && this.#hears === name) this.#next();
  }

  stop(): void {
    this.#end({ status: 'stopped' });
    this.#abort.abort(new AttituneError('cancelled', 'stopped'));
  }

  #next(): void {
    if (this.#ended) return;
    this.#position = { ...this.#position, step: this.#position.step + 1 };
    this.#hears = undefined;
    this.#enter();
  }

  #enter(from?: SessionCheckpoint): void {
    const { environment, diagram } = this;
    const step = diagram.steps[this.#position.step];
    if (!step) {
      this.#end({ status: 'final', finalState: 'end' });
      return;
    }
    const dueAt = 'delayMs' in step ? (from?.timers[0]?.dueAt ?? environment.clock.now() + step.delayMs) : undefined;
    const pending = 'invoke' in step ? (from?.operations[0] ?? this.#newOperation(step.invoke)) : undefined;
    if (!from) {
      this.#checkpoint(dueAt, pending);
      environment.onStep({ configuration: this.configuration });
    }
    if ('hear' in step) this.#hears = step.hear;
    if ('emit' in step) {
      environment.emit({ name: step.emit });
      this.#next();
    }
    if (dueAt !== undefined)
      environment.clock.setTimeout(() => this.#next(), Math.max(0, dueAt - environment.clock.now()));
    if (pending) this.#call(pending, from !== undefined);
  }

  #newOperation(src: string): PendingOperation {
    const attempts = this.#position.attempts + 1;
    this.#position = { ...this.#position, attempts };
    return { invokeId: 'op', src, params: {}, key: `${this.id}/op/${attempts}` };
  }

  #checkpoint(dueAt: number | undefined, pending: PendingOperation | undefined): void {
    this.environment.onCheckpoint?.({
      format: 1,
      diagramHash: this.diagram.hash,
      configuration: this.configuration,
      timers: dueAt === undefined ? [] : [{ sendId: 't', dueAt, event: {} }],
      operations: pending ? [pending] : [],
      state: this.#position,
    });
  }

  #call(pending: PendingOperation, resumed: boolean): void {
    const call: OperationCall = { ...pending, signal: this.#abort.signal, ...(resumed ? { resumed } : {}) };
    this.environment.invoke(call).then(
      () => this.#next(),
      (error: unknown) => this.#end({ status: 'failed', error: AttituneError.from(error) }),
    );
  }

  #end(result: SessionResult): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#settle(result);
  }
}

/** The same diagram for the real engine. */
export function scxmlOf(name: string, steps: readonly FakeStep[]): string {
  const states = steps.map((step, index) => {
    const next = `target="s${index + 1}"`;
    const inside =
      'invoke' in step
        ? `<invoke id="i${index}" type="attitune" src="${step.invoke}"/><transition event="done.invoke.i${index}" ${next}/>`
        : 'delayMs' in step
          ? `<onentry><send event="t${index}" delay="${step.delayMs}ms"/></onentry><transition event="t${index}" ${next}/>`
          : 'hear' in step
            ? `<transition event="${step.hear}" ${next}/>`
            : `<onentry><send type="attitune" event="${step.emit}"/></onentry><transition ${next}/>`;
    return `<state id="s${index}">${inside}</state>`;
  });
  return `<scxml xmlns="http://www.w3.org/2005/07/scxml" version="1.0" name="${name}" datamodel="ecmascript" initial="s0">
    ${states.join('\n')}<final id="s${steps.length}"/></scxml>`;
}
