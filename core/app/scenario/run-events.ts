import type { Manager } from '../../loop/manager.js';
import type { Clock, TimerHandle } from '../../model/clock.js';
import { AttituneError } from '../../model/errors.js';
import type { ScenarioEvent } from '../../model/scenario.js';

/** Events of a scenario, each raised at its time by the way that events from outside take. */
export class ScenarioEvents {
  readonly #timers: readonly TimerHandle[];
  #failure: AttituneError | undefined;

  constructor(
    events: readonly ScenarioEvent[],
    private readonly parts: { readonly manager: Pick<Manager, 'outside'>; readonly clock: Clock },
    startedAt: number,
  ) {
    const { clock } = parts;
    this.#timers = events.map((event) =>
      clock.setTimeout(() => this.#raise(event), Math.max(0, startedAt + event.afterMs - clock.now())),
    );
  }

  stop(): void {
    for (const timer of this.#timers) this.parts.clock.clearTimeout(timer);
  }

  /** Throws what the first event was refused for, at its place. */
  check(): void {
    if (this.#failure) throw this.#failure;
  }

  #raise({ name, component, arg, place }: ScenarioEvent): void {
    try {
      const notice = { event: name, component, source: 'the scenario' };
      this.parts.manager.outside.accept(arg === undefined ? notice : { ...notice, arg });
    } catch (error) {
      const { code, message } = AttituneError.from(error);
      this.#failure ??= new AttituneError(code, message, { place, cause: error });
    }
  }
}

/** When the last of them is raised, from the beginning. */
export function lastEventMs(events: readonly ScenarioEvent[]): number {
  return Math.max(0, ...events.map(({ afterMs }) => afterMs));
}
