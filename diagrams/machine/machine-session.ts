import { createActor, fromPromise, type Actor, type AnyStateMachine, type InspectionEvent } from 'xstate';
import type {
  DiagramEvent,
  DiagramSession,
  SessionCheckpoint,
  SessionEnvironment,
  SessionResult,
} from '../../core/model/diagram.js';
import { AttituneError } from '../../core/model/errors.js';
import type { OperationInput } from './administration.js';
import { MachineCheckpoints } from './machine-checkpoints.js';
import { stateId, type MachineDiagram } from './machine-diagram.js';

export interface MachineSessionOptions {
  readonly inspect: ((event: InspectionEvent) => void) | undefined;
}

/** Microsteps that one event may lead to, as in SCXML diagrams. */
const MOST_MICROSTEPS = 10_000;

/** One machine at work, on the environment's clock, with AttiTUNe's operations in place of its `operation` actors. */
export class MachineSession implements DiagramSession {
  readonly id: string;
  readonly done: Promise<SessionResult>;
  readonly #environment: SessionEnvironment;
  readonly #diagram: MachineDiagram;
  readonly #checkpoints: MachineCheckpoints;
  readonly #actor: Actor<AnyStateMachine> | undefined;
  #configuration: readonly string[] = [];
  #lastEvent: string | undefined;
  #settle: (result: SessionResult) => void = () => undefined;
  #ended = false;
  #result: SessionResult | undefined;

  constructor(
    diagram: MachineDiagram,
    environment: SessionEnvironment,
    { inspect }: MachineSessionOptions,
    from?: SessionCheckpoint,
  ) {
    this.id = environment.id;
    this.#environment = environment;
    this.#diagram = diagram;
    this.done = new Promise((resolve) => {
      this.#settle = resolve;
    });
    this.#checkpoints = new MachineCheckpoints(diagram, environment, () => this.#configuration, from);
    try {
      const actor = createActor(this.#provided(), {
        id: this.id,
        clock: xstateClock(environment),
        input: environment.data,
        ...(from ? { snapshot: this.#checkpoints.snapshot } : {}),
        ...(inspect ? { inspect } : {}),
      });
      this.#actor = actor;
      actor.subscribe({
        next: (snapshot) => this.#moved(snapshot),
        error: (error) => this.#end({ status: 'failed', error: this.#failure(error) }),
      });
      this.#checkpoints.follow(actor);
      actor.start();
      this.#checkpoints.restoreTimers();
    } catch (error) {
      this.#end({ status: 'failed', error: this.#failure(error) });
    }
  }

  get result(): SessionResult | undefined {
    return this.#result;
  }

  get configuration(): readonly string[] {
    return this.#configuration;
  }

  /** The machine's context. */
  variables(): Readonly<Record<string, unknown>> {
    return (this.#actor?.getSnapshot().context ?? {}) as Readonly<Record<string, unknown>>;
  }

  send({ name, data }: DiagramEvent): void {
    if (this.#ended) return;
    this.#lastEvent = name;
    const fields = typeof data === 'object' && data !== null ? data : data === undefined ? {} : { data };
    this.#actor?.send({ ...fields, type: name });
  }

  stop(): void {
    if (this.#ended) return;
    this.#end({ status: 'stopped' });
    this.#actor?.stop();
  }

  #provided(): AnyStateMachine {
    const { machine } = this.#diagram;
    const operation = fromPromise<unknown, OperationInput>(({ input, self, signal }) =>
      this.#environment.invoke({ ...this.#checkpoints.begin(self.id, input), signal }).finally(() => {
        this.#checkpoints.ended(self.id);
      }),
    );
    const provided = machine.provide({
      actors: { operation, plan: operation },
      actions: {
        setAttribute: (_: unknown, { path, value }: { path: string; value: unknown }) =>
          this.#environment.assign(path, value),
        tell: (_: unknown, { event, ...rest }: { event: string; component?: string; arg?: string }) =>
          this.#environment.emit({ name: event, ...rest }),
      },
    } as never);
    // without a limit a circle of eventless transitions would hang the manager
    provided.options = { maxIterations: MOST_MICROSTEPS, ...provided.config.options };
    return provided;
  }

  #moved(snapshot: ReturnType<Actor<AnyStateMachine>['getSnapshot']>): void {
    if (this.#ended) return;
    const active = (snapshot as unknown as { _nodes: Parameters<typeof stateId>[0][] })._nodes
      .filter((node) => node.path.length > 0)
      .sort((a, b) => a.order - b.order);
    const configuration = active.map(stateId);
    if (configuration.join('\n') !== this.#configuration.join('\n')) {
      this.#configuration = configuration;
      this.#environment.onStep({ configuration, ...(this.#lastEvent === undefined ? {} : { event: this.#lastEvent }) });
    }
    this.#lastEvent = undefined;
    if (snapshot.status === 'active') this.#checkpoints.write();
    if (snapshot.status !== 'done') return;
    const final = active.filter(({ parent }) => parent?.path.length === 0).at(-1);
    this.#end({
      status: 'final',
      ...(final ? { finalState: stateId(final) } : {}),
      ...(snapshot.output === undefined ? {} : { data: snapshot.output as unknown }),
    });
  }

  #failure(error: unknown): AttituneError {
    const where = this.#configuration.at(-1);
    const cause = AttituneError.from(error, 'diagram-failed');
    const message = `diagram "${this.#diagram.name}" failed${where === undefined ? '' : ` in state "${where}"`}: ${cause.message}`;
    return new AttituneError(cause.code, message, { cause, details: cause.details });
  }

  #end(result: SessionResult): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#result = result;
    this.#settle(result);
  }
}

/** XState calls its clock's functions unbound. */
function xstateClock({ clock }: SessionEnvironment) {
  return {
    setTimeout: (callback: (...args: unknown[]) => void, delayMs: number) => clock.setTimeout(callback, delayMs),
    clearTimeout: (handle: unknown) => clock.clearTimeout(handle),
  };
}
