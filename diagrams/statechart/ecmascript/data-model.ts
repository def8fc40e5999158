import { AttituneError } from '../../../core/model/errors.js';
import { excerpt } from '../chart/excerpt.js';
import type { Expression, Variable } from '../chart/content.js';
import { prepareContext } from './context.js';
import type { IoProcessor, Realm } from './context.js';
import type { EventView } from './event-view.js';
import { exportValue } from './export-value.js';
import { plainData } from './plain-data.js';
import { SYSTEM_VARIABLES } from './program.js';
import type { Program } from './program.js';

export interface DataModelOptions {
  readonly sessionId: string;
  /** Variables from outside, `this` among them; they win over `<data>` of the same name. */
  readonly data: Readonly<Record<string, unknown>>;
  /** How long one expression or script may run. */
  readonly timeLimitMs: number;
  /** `_ioprocessors`: where events reach this session. */
  readonly ioProcessors?: Readonly<Record<string, IoProcessor>>;
}

interface LocationFunctions {
  readonly set: (value: unknown) => void;
  readonly exists: (() => boolean) | undefined;
}

/**
 * The ECMAScript data model (SCXML appendix B.2) of one session: a context of its own with frozen built-ins, no way to
 * compile text, and no part of Node. Values are copied on the way in and out. Expressions that may loop or call run
 * under a watchdog; those that cannot are called at once, which is what makes guards cheap. It keeps an honest mistake
 * from harming the manager; it is no sandbox against a hostile author.
 *
 * Every method throws `expression-failed` with the text and the place where the diagram's own code fails.
 */
export class EcmascriptDataModel {
  /** Set by the interpreter: the answer of `In(id)`. */
  isActive: (stateId: string) => boolean = () => false;
  readonly #program: Program;
  readonly #realm: Realm;
  readonly #functions: readonly ((() => unknown) | LocationFunctions | undefined)[];
  readonly #set: Readonly<Record<string, (value: unknown) => void>>;
  readonly #get: Readonly<Record<string, () => unknown>>;
  readonly #setEvent: (event: unknown) => void;
  readonly #self: unknown;
  readonly #given = new Set<string>();
  readonly #timeLimitMs: number;

  constructor(program: Program, options: DataModelOptions) {
    this.#program = program;
    this.#timeLimitMs = options.timeLimitMs;
    this.#realm = prepareContext({
      sessionId: options.sessionId,
      name: program.chart.name,
      ioProcessors: options.ioProcessors ?? {},
      isActive: (id) => this.isActive(id),
    });
    const main = this.#realm.run(program.main) as {
      functions: ((() => unknown) | LocationFunctions)[];
      set: Record<string, (value: unknown) => void>;
      get: Record<string, () => unknown>;
      setEvent: (event: unknown) => void;
    };
    this.#functions = main.functions;
    this.#set = main.set;
    this.#get = main.get;
    this.#setEvent = main.setEvent;
    this.#self = this.#realm.copy(options.data['this'] ?? {});
    for (const [name, value] of Object.entries(options.data)) {
      const set = Object.hasOwn(this.#set, name) ? this.#set[name] : undefined;
      if (!set) continue;
      set(this.#realm.copy(value));
      this.#given.add(name);
    }
  }

  /** Initialises a `<data>`, unless its value came from outside. */
  initialise(id: string, expr: Expression | undefined, value: unknown): void {
    if (this.#given.has(id)) return;
    this.#set[id]?.(expr ? this.evaluate(expr) : this.#realm.copy(value));
  }

  /** A value of the diagram's own; see {@link export}. */
  evaluate(expression: Expression): unknown {
    const call = this.#functions[expression.index] as () => unknown;
    try {
      if (this.#program.quick[expression.index]) return call.call(this.#self);
      return this.#realm.guarded(call, this.#self, undefined, this.#timeLimitMs);
    } catch (error) {
      throw failed(expression, error);
    }
  }

  /** Copies a value of the diagram out of it, as plain data. */
  export(value: unknown, origin: Expression): unknown {
    if (value === null || (typeof value !== 'object' && typeof value !== 'function')) return value;
    try {
      return this.#realm.hasDom ? exportValue(value, (node) => this.#realm.xmlOf(node)) : structuredClone(value);
    } catch (error) {
      throw failed(origin, error);
    }
  }

  test(expression: Expression): boolean {
    return Boolean(this.evaluate(expression));
  }

  /** Assigns a value of the diagram's own, or one from outside after {@link import}. */
  assign(location: Expression, value: unknown): void {
    const root = /^\s*([\p{ID_Continue}$]+)/u.exec(location.text)?.[1] ?? '';
    if (READ_ONLY.has(root)) throw failed(location, new Error(`${root} is read-only`));
    const { set } = this.#functions[location.index] as LocationFunctions;
    try {
      if (this.#program.quick[location.index]) set.call(this.#self, value);
      else this.#realm.guarded(set, this.#self, value, this.#timeLimitMs);
    } catch (error) {
      throw failed(location, error);
    }
  }

  /** Copies a value from outside into the diagram. */
  import(value: unknown): unknown {
    return this.#realm.copy(value);
  }

  run(script: Expression): void {
    const global = this.#program.globals.get(script.index);
    if (!global) {
      this.evaluate(script);
      return;
    }
    try {
      this.#realm.run(global, this.#timeLimitMs);
    } catch (error) {
      throw failed(script, error);
    }
  }

  /** Declares a variable of `<foreach>` where there is none of that name. */
  declare({ name, location }: Variable): void {
    const { exists } = this.#functions[location.index] as LocationFunctions;
    if (exists?.call(this.#self) === false) this.#realm.declare(name);
  }

  /** The items of a `<foreach>`, as they are at its start. */
  items(array: Expression): readonly unknown[] {
    const value = this.evaluate(array);
    if (!Array.isArray(value)) throw failed(array, new Error('it is not an array'));
    return [...(value as unknown[])];
  }

  /** All variables, those that scripts declared included, as JSON-able data; functions are left out. */
  variables(): Readonly<Record<string, unknown>> {
    const values = [
      ...Object.keys(this.#get).map((name) => [name, this.#get[name]?.()] as const),
      ...this.#realm.globals().map((name) => [name, this.#realm.global(name)] as const),
    ];
    return Object.fromEntries(
      values.flatMap(([name, value]) => {
        const plain = plainData(value, (node) => this.#realm.xmlOf(node));
        return plain === undefined && value !== undefined ? [] : [[name, plain ?? null]];
      }),
    );
  }

  /** Binds `_event`, where any expression looks at it. */
  setEvent(event: EventView): void {
    if (this.#program.usesEvent) this.#setEvent(this.#realm.event(event));
  }
}

const READ_ONLY: ReadonlySet<string> = new Set(SYSTEM_VARIABLES);

function failed(expression: Expression, error: unknown): AttituneError {
  const { text, place } = expression;
  const timedOut = (error as { code?: unknown } | null)?.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT';
  const reason = timedOut ? 'it runs too long; look for an endless loop' : messageOf(error);
  return new AttituneError('expression-failed', `"${excerpt(text)}" failed: ${reason}.`, { place, cause: error });
}

/** What the diagram throws is an error of another realm, or any value. */
function messageOf(error: unknown): string {
  const message = (error as { message?: unknown } | null)?.message;
  return (typeof message === 'string' ? message : String(error)).replace(/\.$/, '');
}
