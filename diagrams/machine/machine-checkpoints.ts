import type { Actor, AnyStateMachine, EventObject, Snapshot } from 'xstate';
import type {
  OperationCall,
  PendingOperation,
  SessionCheckpoint,
  SessionEnvironment,
} from '../../core/model/diagram.js';
import { AttituneError } from '../../core/model/errors.js';
import type { OperationInput } from './administration.js';
import type { MachineDiagram } from './machine-diagram.js';

interface Timer {
  readonly sendId: string;
  readonly dueAt: number;
  readonly event: EventObject;
}

interface State {
  readonly snapshot: unknown;
  readonly attempts: number;
}

/**
 * What XState's own persisted snapshot leaves out: delayed transitions are lost with it, and a pending invocation is
 * begun again without a word. This keeps the due time of each timer and the key of each operation beside the snapshot.
 */
export class MachineCheckpoints {
  readonly #operations = new Map<string, PendingOperation>();
  readonly #resumed = new Set<string>();
  readonly #dueTimes = new WeakMap<object, number>();
  #attempts: number;
  #actor: Actor<AnyStateMachine> | undefined;

  constructor(
    private readonly diagram: MachineDiagram,
    private readonly environment: SessionEnvironment,
    private readonly configuration: () => readonly string[],
    private readonly from?: SessionCheckpoint,
  ) {
    for (const operation of from?.operations ?? []) {
      this.#operations.set(operation.invokeId, operation);
      this.#resumed.add(operation.invokeId);
    }
    this.#attempts = this.#state?.attempts ?? 0;
  }

  /** XState's snapshot to start from. */
  get snapshot(): Snapshot<unknown> {
    return this.#state?.snapshot as Snapshot<unknown>;
  }

  follow(actor: Actor<AnyStateMachine>): void {
    this.#actor = actor;
  }

  /** The call for an operation that begins, or begins again; written down before it is carried out. */
  begin(invokeId: string, { src, params = {} }: OperationInput): Omit<OperationCall, 'signal'> {
    if (this.#resumed.delete(invokeId)) {
      const former = this.#operations.get(invokeId);
      if (former) return { ...former, resumed: true };
    }
    this.#attempts += 1;
    const operation = { invokeId, src, params, key: `${this.environment.id}/${invokeId}/${this.#attempts}` };
    this.#operations.set(invokeId, operation);
    this.write();
    return operation;
  }

  ended(invokeId: string): void {
    this.#operations.delete(invokeId);
  }

  write(): void {
    const { onCheckpoint } = this.environment;
    const actor = this.#actor;
    if (!onCheckpoint || !actor) return;
    const state: State = { snapshot: plain(actor.getPersistedSnapshot(), this.diagram), attempts: this.#attempts };
    onCheckpoint({
      format: 1,
      diagramHash: this.diagram.hash,
      configuration: this.configuration(),
      timers: this.#timers(actor),
      operations: [...this.#operations.values()],
      state,
    });
  }

  /** Sets the timers of the checkpoint again; what is due already fires as soon as the clock runs. */
  restoreTimers(): void {
    const actor = this.#actor;
    const now = this.environment.clock.now();
    for (const { sendId, dueAt, event } of (this.from?.timers ?? []) as readonly Timer[]) {
      actor?.system.scheduler.schedule(actor, actor, event, Math.max(0, dueAt - now), sendId);
    }
  }

  #timers(actor: Actor<AnyStateMachine>): readonly Timer[] {
    const now = this.environment.clock.now();
    return Object.values(actor.system.getSnapshot()._scheduledEvents)
      .filter(({ source, target }) => source === actor && target === actor)
      .map((scheduled) => {
        // XState tells only how long it was to wait, and takes the time from the machine's own clock
        const dueAt = this.#dueTimes.get(scheduled) ?? now + scheduled.delay;
        this.#dueTimes.set(scheduled, dueAt);
        return { sendId: scheduled.id, dueAt, event: scheduled.event };
      });
  }

  get #state(): State | undefined {
    return this.from?.state as State | undefined;
  }
}

function plain(value: unknown, { name, file }: MachineDiagram): unknown {
  try {
    return JSON.parse(JSON.stringify(value)) as unknown;
  } catch (error) {
    throw new AttituneError('value', `the context of "${name}" cannot be stored: keep plain data in it.`, {
      cause: error,
      place: { file, line: 1, column: 1 },
    });
  }
}
