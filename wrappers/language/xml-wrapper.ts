import { dirname, join } from 'node:path';
import type { Component } from '../../core/model/component.js';
import { AttituneError, ERROR_CODES } from '../../core/model/errors.js';
import type { AttributeInfo, OperationContext, OperationInfo, Wrapper } from '../../core/model/wrapper.js';
import { suggest } from '../../core/xml/index.js';
import { ensureEventPipe, type EventPipeDescription } from './event-pipe.js';
import { reach, resolveText, type NavigationScope } from './navigation.js';
import { attributeOf, executorFor } from './node-access.js';
import type { StepParameter, StepResult, TemplateRecord, TemplateValue } from './operations/index.js';
import type { ParameterDescription, StepDescription, WrapperDescription } from './read-wrapper.js';

/** A wrapper that a `*.wrapper.xml` describes. Paths are resolved at each call, in the system as it then is. */
export class XmlWrapper implements Wrapper {
  readonly name: string;
  readonly description: string;
  readonly file: string;
  readonly attributes: readonly AttributeInfo[];
  readonly operations: ReadonlyMap<string, OperationInfo>;
  readonly isNode = false;
  readonly packages: readonly string[];
  readonly hasEventPipe: boolean;
  readonly #eventPipe: EventPipeDescription | undefined;
  readonly #steps: ReadonlyMap<string, readonly StepDescription[]>;

  constructor(description: WrapperDescription) {
    this.name = description.name;
    this.description = description.description;
    this.file = description.file;
    this.packages = description.packages;
    this.attributes = description.attributes;
    this.#eventPipe = description.eventPipe;
    this.hasEventPipe = description.eventPipe !== undefined;
    const steps = new Map<string, StepDescription[]>();
    for (const step of description.steps) steps.set(step.operation, [...(steps.get(step.operation) ?? []), step]);
    this.#steps = steps;
    this.operations = new Map([...steps].map(([name, sequence]) => [name, operationInfo(name, sequence)]));
  }

  async invoke(operation: string, context: OperationContext): Promise<unknown> {
    const steps = this.#steps.get(operation);
    if (!steps) {
      const message = `The wrapper ${this.name} has no operation "${operation}".${suggest(operation, this.operations.keys())}`;
      throw new AttituneError('unknown-operation', message);
    }
    if (this.#eventPipe) await ensureEventPipe(context, this.#eventPipe);
    let result: StepResult = {};
    for (const step of steps) {
      if (context.signal.aborted) {
        throw new AttituneError('cancelled', `${context.component.name}.${operation} was cancelled.`, {
          cause: context.signal.reason,
        });
      }
      const told = await this.#run(step, context);
      const changed =
        result.changed === undefined && told.changed === undefined
          ? {}
          : { changed: result.changed === true || told.changed === true };
      result = { ...result, ...told, ...changed };
    }
    return result;
  }

  async #run(step: StepDescription, context: OperationContext): Promise<StepResult> {
    const { component, system, infrastructure, signal, report } = context;
    try {
      const scope: NavigationScope = {
        component,
        system,
        parameters: context.parameters,
        attributeOf: (target, name) => attributeOf(target, name, system, infrastructure),
      };
      const recordOf = (target: Component) => record(target, this, context);
      return await step.implementation.run({
        component,
        parameters: step.parameters.map((parameter, index) => this.#resolve(step, parameter, index, scope, recordOf)),
        record: recordOf(component),
        executor: executorFor(component, system, infrastructure),
        executorOf: (other) => executorFor(other, system, infrastructure),
        http: infrastructure.http,
        clock: infrastructure.clock,
        signal,
        timeoutMs: step.timeoutMs,
        identity: `${system.deployment.file}#${component.name}`,
        resumed: context.resumed === true,
        report,
        asset: (path) => join(dirname(this.file), path),
      });
    } catch (error) {
      throw this.#told(error, step, context);
    }
  }

  #resolve(
    step: StepDescription,
    parameter: ParameterDescription,
    index: number,
    scope: NavigationScope,
    recordOf: (component: Component) => TemplateRecord,
  ): StepParameter {
    try {
      const text = resolveText(parameter.text, scope);
      return { text, data: dataOf(parameter, text, scope, recordOf) };
    } catch (error) {
      const known = AttituneError.from(error);
      const message = `wrapper ${this.name}, operation ${step.operation}, param ${index + 1} "${parameter.source}": ${known.message}`;
      throw new AttituneError(known.code, message, { cause: error, place: parameter.place, details: known.details });
    }
  }

  #told(error: unknown, step: StepDescription, { component, signal }: OperationContext): AttituneError {
    if (signal.aborted && !AttituneError.is(error)) {
      return new AttituneError('cancelled', `${component.name}.${step.operation} was cancelled.`, { cause: error });
    }
    const known = AttituneError.from(error, 'operation-failed');
    if (known.place) return known;
    // what a file caused is told with its place, what the world caused with the component's name
    const ofFile = ERROR_CODES[known.code].exitCode === 2;
    return new AttituneError(known.code, `${component.name}.${step.operation}: ${known.message}`, {
      cause: error,
      details: known.details,
      place: ofFile ? step.place : undefined,
    });
  }
}

function operationInfo(name: string, steps: readonly StepDescription[]): OperationInfo {
  const description = steps.find((step) => step.description !== undefined)?.description;
  return {
    name,
    ...(description === undefined ? {} : { description }),
    timeoutMs: steps.reduce((sum, step) => sum + step.timeoutMs, 0),
    idempotent: steps.every((step) => step.idempotent),
    ...(steps.every(({ implementation }) => implementation.reads === true) ? { reads: true } : {}),
  };
}

/**
 * What stands behind `name:` of a parameter, as data for a template. A single path beyond the component itself gives a
 * list: of records where it reaches components, of texts where it reaches attributes. Everything else is a text.
 */
function dataOf(
  { text: parts }: ParameterDescription,
  text: string,
  scope: NavigationScope,
  recordOf: (component: Component) => TemplateRecord,
): TemplateValue {
  const [label, path, more] = parts;
  if (
    typeof label === 'string' &&
    /^\w+:$/.test(label) &&
    path !== undefined &&
    typeof path !== 'string' &&
    more === undefined
  ) {
    const reached = reach(path, scope);
    if (reached.kind === 'components') return reached.components.map(recordOf);
    if (!reached.own) return reached.values;
  }
  return text.slice(text.indexOf(':') + 1);
}

/** A component for templates: its attributes, and its node's as `node`. Declared attributes without a value are empty. */
function record(component: Component, wrapper: Wrapper | undefined, context: OperationContext): TemplateRecord {
  const { system, infrastructure } = context;
  const node = system.nodeOf(component);
  const declared = component === context.component ? (wrapper?.attributes ?? []) : [];
  const own: Record<string, string> = Object.fromEntries(declared.map(({ name }) => [name, '']));
  Object.assign(own, Object.fromEntries(component.attributes));
  for (const name of ['name', 'class', 'address']) {
    const value = attributeOf(component, name, system, infrastructure);
    if (value !== undefined) own[name] = value;
  }
  return { ...own, ...(node ? { node: record(node, undefined, context) } : {}) };
}
