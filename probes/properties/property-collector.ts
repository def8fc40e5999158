import type { Clock, TimerHandle } from '../../core/model/clock.js';
import { AttituneError } from '../../core/model/errors.js';
import type { Executor } from '../../core/model/executor.js';
import type { PropertyValue } from '../../core/model/messages.js';
import type { ReturnType } from './commands.js';
import type { PropertyDefinition } from './definitions.js';

const AS: Readonly<Record<ReturnType, (value: number) => PropertyValue>> = {
  int: (value) => Math.trunc(value),
  float: (value) => value,
  string: (value) => String(value),
  bool: (value) => value !== 0,
};

/** Collects the properties of one machine, each at its own ticks; what an agent answers `agent.properties` from. */
export class PropertyCollector {
  readonly #definitions: readonly PropertyDefinition[];
  readonly #executor: Executor;
  readonly #clock: Clock;
  readonly #onTrouble: (name: string, why?: string) => void;
  readonly #values = new Map<string, PropertyValue>();
  readonly #first: Promise<void>[] = [];
  readonly #timers = new Map<string, TimerHandle>();
  readonly #ending = new AbortController();
  #started = false;

  /** `onTrouble`: a property could not be read; without `why` it could again. */
  constructor(
    definitions: readonly PropertyDefinition[],
    executor: Executor,
    clock: Clock,
    onTrouble: (name: string, why?: string) => void = () => undefined,
  ) {
    this.#onTrouble = onTrouble;
    this.#definitions = definitions;
    this.#executor = executor;
    this.#clock = clock;
  }

  /** Reads all of them now, and from now on each at its ticks. Idempotent. */
  start(): void {
    if (this.#started) return;
    this.#started = true;
    for (const definition of this.#definitions) this.#first.push(this.#collect(definition));
  }

  stop(): void {
    this.#ending.abort();
    for (const timer of this.#timers.values()) this.#clock.clearTimeout(timer);
    this.#timers.clear();
  }

  /** What was read last of each; those that could not be read, and that there are not, have a `failure`. */
  async values(names?: readonly string[]): Promise<Readonly<Record<string, PropertyValue>>> {
    await Promise.all(this.#first);
    const wanted = names ?? this.#definitions.map(({ name }) => name);
    return Object.fromEntries(
      wanted.map((name) => [name, this.#values.get(name) ?? { failure: `There is no property ${name} here.` }]),
    );
  }

  async #collect(definition: PropertyDefinition): Promise<void> {
    const { name, read, returnType, everyMs } = definition;
    const begun = this.#clock.now();
    const { signal } = this.#ending;
    const value = await read(this.#executor, signal).then(
      (number) => AS[returnType](number),
      (error: unknown) => ({ failure: AttituneError.from(error, 'operation-failed').message }),
    );
    if (signal.aborted) return;
    this.#values.set(name, value);
    this.#onTrouble(name, typeof value === 'object' ? value.failure : undefined);
    const wait = Math.max(0, begun + everyMs - this.#clock.now());
    this.#timers.set(
      name,
      this.#clock.setTimeout(() => void this.#collect(definition), wait),
    );
  }
}
