import type { Component } from '../../core/model/component.js';
import { AttituneError } from '../../core/model/errors.js';
import type { AttributeInfo, OperationContext, OperationInfo, Wrapper } from '../../core/model/wrapper.js';
import { suggest } from '../../core/xml/index.js';
import { wrapperClassInfo, type WrapperClass, type WrapperClassInfo } from './decorators.js';

/** A wrapper that a TypeScript class with decorators describes, for what XML cannot say. */
export class ClassWrapper implements Wrapper {
  readonly name: string;
  readonly description: string;
  readonly isNode: boolean;
  readonly packages: readonly string[];
  readonly attributes: readonly AttributeInfo[];
  readonly operations: ReadonlyMap<string, OperationInfo>;
  readonly #info: WrapperClassInfo;
  readonly #class: WrapperClass;

  constructor(target: WrapperClass) {
    this.#class = target;
    this.#info = wrapperClassInfo(target);
    ({ name: this.name, description: this.description, isNode: this.isNode, attributes: this.attributes } = this.#info);
    this.packages = this.#info.packages;
    this.operations = this.#info.operations;
  }

  async invoke(operation: string, context: OperationContext): Promise<unknown> {
    const info = this.#info.operations.get(operation);
    if (!info) {
      const message = `The wrapper ${this.name} has no operation "${operation}".${suggest(operation, this.operations.keys())}`;
      throw new AttituneError('unknown-operation', message);
    }
    const instance = new this.#class() as Record<string, (context: OperationContext) => Promise<unknown>>;
    for (const { name } of this.attributes) linkAttribute(instance, name, context.component);
    try {
      return await instance[info.method]?.(context);
    } catch (error) {
      if (AttituneError.is(error)) throw error;
      const code = context.signal.aborted ? 'cancelled' : 'operation-failed';
      throw AttituneError.from(error, code, `${context.component.name}.${operation}`);
    }
  }
}

function linkAttribute(instance: object, name: string, component: Component): void {
  Object.defineProperty(instance, name, {
    get: () => component.attributes.get(name),
    set: (value: string | undefined) => {
      if (value === undefined) component.removeAttribute(name);
      else component.setAttribute(name, value);
    },
  });
}
