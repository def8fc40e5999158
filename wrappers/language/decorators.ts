import { AttituneError } from '../../core/model/errors.js';
import { parseDurationMs } from '../../core/model/quantity.js';
import type { AttributeInfo, OperationContext, OperationInfo } from '../../core/model/wrapper.js';

/** A class whose methods are operations; an instance lives for one call. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- its fields and methods are told by the decorators
export type WrapperClass = new () => any;

/** What the decorators of a class say. */
export interface WrapperClassInfo {
  readonly name: string;
  readonly description: string;
  readonly isNode: boolean;
  readonly packages: readonly string[];
  readonly attributes: readonly AttributeInfo[];
  /** By name of the operation: what it is, and the method that does it. */
  readonly operations: ReadonlyMap<string, OperationInfo & { readonly method: string }>;
}

interface Declarations {
  wrapper?: Pick<WrapperClassInfo, 'name' | 'description' | 'isNode' | 'packages'>;
  readonly attributes: Map<string, AttributeInfo>;
  readonly operations: Map<string, OperationInfo & { readonly method: string }>;
}

const declarations = new WeakMap<object, Declarations>();

function declared(prototype: object): Declarations {
  let found = declarations.get(prototype);
  if (!found) declarations.set(prototype, (found = { attributes: new Map(), operations: new Map() }));
  return found;
}

/** A class as a wrapper, under the name by which deployments use it. `isNode` where an instance is a host for others. */
export function wrapper(options: {
  readonly name: string;
  readonly description: string;
  readonly isNode?: boolean;
  /** Debian packages that it needs where it runs. */
  readonly packages?: readonly string[];
}): ClassDecorator {
  return (target) => {
    const { name, description, isNode = false, packages = [] } = options;
    declared(target.prototype as object).wrapper = { name, description, isNode, packages };
  };
}

/** A field as an attribute of the component: reading and writing it reads and writes the attribute, as text. */
export function attribute(
  options: { readonly value?: string; readonly description?: string; readonly runtime?: boolean } = {},
) {
  return (prototype: object, name: string): void => {
    const { value, description, runtime } = options;
    declared(prototype).attributes.set(name, {
      name,
      ...(value === undefined ? {} : { defaultValue: value }),
      ...(description === undefined ? {} : { description }),
      ...(runtime === undefined ? {} : { runtime }),
    });
  };
}

type OperationMethod = (context: OperationContext) => Promise<unknown>;
type OperationDecorator = <Method extends OperationMethod>(
  prototype: object,
  method: string,
  descriptor: TypedPropertyDescriptor<Method>,
) => void;

/**
 * A method as an operation of the same name (or of `name`). `timeout` is a duration such as `2 min`; default 60 s. `undo`,
 * `reads`: as of `OperationInfo`.
 */
export function operation(
  options: {
    readonly name?: string;
    readonly timeout?: string;
    readonly idempotent?: boolean;
    readonly undo?: readonly string[];
    readonly reads?: boolean;
    readonly description?: string;
  } = {},
): OperationDecorator {
  return (prototype, method) => {
    const { name = method, timeout = '60 s', idempotent = false, undo, reads, description } = options;
    declared(prototype).operations.set(name, {
      name,
      method,
      timeoutMs: parseDurationMs(timeout),
      idempotent,
      ...(undo === undefined ? {} : { undo }),
      ...(reads === true ? { reads } : {}),
      ...(description === undefined ? {} : { description }),
    });
  };
}

/** What the decorators of a class and of those it extends say. Throws `internal` for a class without `@wrapper`. */
export function wrapperClassInfo(target: WrapperClass): WrapperClassInfo {
  const chain: Declarations[] = [];
  for (
    let prototype = target.prototype as object | null;
    prototype;
    prototype = Object.getPrototypeOf(prototype) as object | null
  ) {
    const found = declarations.get(prototype);
    if (found) chain.unshift(found);
  }
  const own = declarations.get(target.prototype as object)?.wrapper;
  if (!own) throw new AttituneError('internal', `The class ${target.name} has no @wrapper decorator.`);
  return {
    ...own,
    attributes: [...new Map(chain.flatMap(({ attributes }) => [...attributes])).values()],
    operations: new Map(chain.flatMap(({ operations }) => [...operations])),
  };
}
