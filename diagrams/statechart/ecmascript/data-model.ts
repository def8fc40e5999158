import { AttituneError } from '../../../core/model/errors.js';
import { excerpt } from '../chart/excerpt.js';
import type { Expression, Variable } from '../chart/content.js';
import type { DataNode } from '../chart/chart.js';
import { prepareContext } from './context.js';
import type { IoProcessor, Realm } from './context.js';
import { readPlaces, writePlaces } from './data-places.js';
import type { DataPlace, DataRecord } from './data-places.js';
import type { EventView } from './event-view.js';
import { lexicalNames } from './lexical-names.js';
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

type LexicalAccess = Readonly<Record<string, Omit<DataPlace, 'name'>>>;

interface LocationFunctions {
  readonly set: (value: unknown) => void;
  readonly exists: (() => boolean) | undefined;
}

/**
 * The ECMAScript data model (SCXML appendix B.2) of one session: a context of its own, or, where sessions of the diagram
 * can leave nothing behind, of all of them, with frozen built-ins, no way to compile text, and no part of Node. Values are copied on the way in and out. Expressions that may loop or call run
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
  readonly #getEvent: () => unknown;
  readonly #given = new Set<string>();
  /** Scripts that ran in the global scope, by index. */
  readonly #scripts = new Set<number>();
  #self: unknown;
  #lexical: LexicalAccess | undefined;
  readonly #timeLimitMs: number;

  constructor(program: Program, options: DataModelOptions) {
    this.#program = program;
    this.#timeLimitMs = options.timeLimitMs;
    const host = {
      sessionId: options.sessionId,
      name: program.chart.name,
      ioProcessors: options.ioProcessors ?? {},
      isActive: (id: string) => this.isActive(id),
    };
    this.#realm = prepareContext(host, program.contained ? program : undefined);
    const main = this.#realm.run(program.main) as {
      functions: ((() => unknown) | LocationFunctions)[];
      set: Record<string, (value: unknown) => void>;
      get: Record<string, () => unknown>;
      setEvent: (event: unknown) => void;
      getEvent: () => unknown;
    };
    this.#functions = main.functions;
    this.#set = main.set;
    this.#get = main.get;
    this.#setEvent = main.setEvent;
    this.#getEvent = main.getEvent;
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
    this.#scripts.add(script.index);
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

  /** All variables as a record. Throws `diagram-failed` for a value that cannot be brought back. */
  record(): DataRecord {
    return { values: writePlaces(this.#places(), this.#realm), scripts: [...this.#scripts] };
  }

  /**
   * Puts variables back as they were. What makes functions runs again first: `data` are initialised and the scripts of
   * the record run; whether that fails is of no interest, since values are overwritten.
   */
  restore({ values, scripts }: DataRecord, data: readonly DataNode[]): void {
    const again = (action: () => void) => {
      try {
        action();
      } catch {
        // what it should have made is missed when a value needs it
      }
    };
    for (const { id, expr, value } of data) again(() => this.initialise(id, expr, value));
    for (const index of scripts) {
      const script = this.#program.chart.expressions[index];
      if (script) again(() => this.run(script));
    }
    readPlaces(values, this.#places(), this.#realm, (name) => this.#globalPlace(name));
  }

  /** Every variable: those of the program, `this`, `_event`, and what scripts declared. */
  #places(): DataPlace[] {
    const own = Object.keys(this.#get);
    const { names, access } = lexicalNames(this.#program);
    const lexical = (this.#lexical ??= this.#realm.run(access) as LexicalAccess);
    return [
      ...own.map((name) => ({ name, get: () => this.#get[name]?.(), set: this.#set[name] })),
      ...names.filter((name) => !own.includes(name)).map((name) => ({ name, ...lexical[name] }) as DataPlace),
      ...this.#realm
        .globals()
        .filter((name) => !own.includes(name))
        .map((name) => this.#globalPlace(name)),
      { name: 'this', get: () => this.#self, set: (value) => (this.#self = value) },
      ...(this.#program.usesEvent ? [{ name: '_event', get: this.#getEvent, set: this.#setEvent }] : []),
    ];
  }

  #globalPlace(name: string): DataPlace {
    return { name, get: () => this.#realm.global(name), set: (value) => this.#realm.setGlobal(name, value) };
  }

  /** Binds `_event`, where any expression looks at it. */
  setEvent(event: EventView): void {
    if (this.#program.usesEvent) this.#setEvent(this.#realm.event(event));
  }
}

const READ_ONLY: ReadonlySet<string> = new Set(SYSTEM_VARIABLES);

function failed(expression: Expression, error: unknown): AttituneError {
  const { text, place, fault } = expression;
  if (fault !== undefined) return new AttituneError('expression-failed', fault, { place, cause: error });
  const timedOut = (error as { code?: unknown } | null)?.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT';
  const reason = timedOut ? 'it runs too long; look for an endless loop' : messageOf(error);
  return new AttituneError('expression-failed', `"${excerpt(text)}" failed: ${reason}.`, { place, cause: error });
}

/** What the diagram throws is an error of another realm, or any value. */
function messageOf(error: unknown): string {
  const message = (error as { message?: unknown } | null)?.message;
  return (typeof message === 'string' ? message : String(error)).replace(/\.$/, '');
}
