import { AttituneError } from '../../../core/model/errors.js';
import type { SessionEnvironment } from '../../../core/model/diagram.js';
import type { TimerHandle } from '../../../core/model/clock.js';
import type { ChartEvent, Effect } from '../interpreter/chart-state.js';

type EffectOf<K extends Effect['kind']> = Extract<Effect, { readonly kind: K }>;

/** Does what macrosteps ask for: timers on the environment's clock, operations with a signal each, events, logs. */
export class SessionEffects {
  readonly #timers = new Map<string, Set<TimerHandle>>();
  readonly #operations = new Map<string, AbortController>();
  #attempts = 0;
  #closed = false;

  constructor(
    private readonly environment: SessionEnvironment,
    private readonly send: (event: ChartEvent) => void,
  ) {}

  perform(effects: readonly Effect[]): void {
    for (const effect of effects) (this.#actions[effect.kind] as (effect: Effect) => void)(effect);
  }

  /** Clears timers and aborts pending operations; nothing is sent any more. Idempotent. */
  close(): void {
    this.#closed = true;
    for (const handles of this.#timers.values())
      for (const handle of handles) this.environment.clock.clearTimeout(handle);
    this.#timers.clear();
    for (const id of [...this.#operations.keys()]) this.#abort(id);
  }

  readonly #actions: { readonly [K in Effect['kind']]: (effect: EffectOf<K>) => void } = {
    send: (effect) => this.#later(effect, () => this.send(effect.event)),
    emit: (effect) =>
      this.#later(effect, () => this.#guarded(effect.event.name, () => this.environment.emit(effect.event))),
    cancel: ({ sendId }) => {
      for (const handle of this.#timers.get(sendId) ?? []) this.environment.clock.clearTimeout(handle);
      this.#timers.delete(sendId);
    },
    invoke: (effect) => this.#invoke(effect),
    cancelInvoke: ({ invokeId }) => this.#abort(invokeId),
    log: ({ label, value }) => this.environment.onLog(label, value),
    assign: ({ path, value }) => this.#guarded(path, () => this.environment.assign(path, value)),
  };

  #later({ sendId, delayMs }: { readonly sendId: string; readonly delayMs: number }, action: () => void): void {
    if (delayMs <= 0) {
      action();
      return;
    }
    const handle = this.environment.clock.setTimeout(() => {
      this.#timers.get(sendId)?.delete(handle);
      if (!this.#closed) action();
    }, delayMs);
    const handles = this.#timers.get(sendId) ?? new Set();
    this.#timers.set(sendId, handles.add(handle));
  }

  /** What the world refuses comes back as `error.execution`. */
  #guarded(subject: string, action: () => void): void {
    try {
      action();
    } catch (error) {
      this.#fail(AttituneError.from(error, 'operation-failed', subject), undefined);
    }
  }

  #invoke({ invokeId, src, params }: EffectOf<'invoke'>): void {
    const controller = new AbortController();
    this.#abort(invokeId);
    this.#operations.set(invokeId, controller);
    const settle = (report: () => void) => {
      if (this.#operations.get(invokeId) !== controller) return;
      this.#operations.delete(invokeId);
      if (!this.#closed) report();
    };
    this.#attempts += 1;
    const key = `${this.environment.id}/${invokeId}/${this.#attempts}`;
    const call = { invokeId, src, params, key, signal: controller.signal };
    Promise.resolve()
      .then(() => (controller.signal.aborted ? undefined : this.environment.invoke(call)))
      .then(
        (data) =>
          settle(() => this.send({ name: `done.invoke.${invokeId}`, type: 'external', data, invokeid: invokeId })),
        (error: unknown) => settle(() => this.#fail(AttituneError.from(error, 'operation-failed', src), invokeId)),
      );
  }

  #abort(invokeId: string): void {
    const controller = this.#operations.get(invokeId);
    this.#operations.delete(invokeId);
    controller?.abort(new AttituneError('cancelled', 'the diagram left the state that this operation belongs to.'));
  }

  #fail(cause: AttituneError, invokeid: string | undefined): void {
    const data = { code: cause.code, message: cause.message };
    this.send({ name: 'error.execution', type: 'external', data, invokeid, cause });
  }
}
