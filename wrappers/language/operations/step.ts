import type { Component } from '../../../core/model/component.js';
import type { Clock } from '../../../core/model/clock.js';
import { AttituneError } from '../../../core/model/errors.js';
import type { Executor, HttpClient } from '../../../core/model/executor.js';

/**
 * One kind of thing that a `<method>` can do: what `key` and `method` of a wrapper file name. The tables of these are in
 * this folder; adding one is adding an entry.
 */
export interface StepMethod {
  readonly description: string;
  /** How it is called, for messages: `file, template, name:value …`. */
  readonly usage: string;
  readonly minimum: number;
  readonly maximum?: number;
  /** True where doing it twice does the same as once; a wrapper file may say otherwise. */
  readonly idempotent: boolean;
  /** True where it only looks. */
  readonly reads?: boolean;
  /** Positions of parameters that name a file or folder beside the wrapper file. */
  readonly assets?: readonly number[];
  run(step: StepContext): Promise<StepResult>;
}

/** What a step tells; those of several steps are merged, `changed` being true where one changed anything. */
export type StepResult = Readonly<Record<string, unknown>> & { readonly changed?: boolean };

export type StepTable = Readonly<Record<string, StepMethod>>;

/** A parameter, resolved for this call. */
export interface StepParameter {
  readonly text: string;
  /** What stands behind `name:` as data for templates: a text, values, or components as records. */
  readonly data: TemplateValue;
}

export type TemplateValue = string | readonly string[] | readonly TemplateRecord[];
export interface TemplateRecord {
  readonly [name: string]: string | TemplateRecord;
}

export interface StepContext {
  readonly component: Component;
  readonly parameters: readonly StepParameter[];
  /** The component's attributes, for templates. */
  readonly record: TemplateRecord;
  readonly executor: Executor;
  /** That of the node which another component is on, to bring something from there. */
  readonly executorOf?: (component: Component) => Executor;
  readonly http: HttpClient;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
  /** Tells the component from those of other deployments on the same machine. */
  readonly identity?: string;
  /** As of `OperationContext`. */
  readonly resumed?: boolean;
  readonly report: (text: string, data?: Readonly<Record<string, unknown>>) => void;
  /** Absolute path of a file beside the wrapper file. */
  readonly asset: (path: string) => string;
}

/** The text of the parameter at a position that `minimum` promises. */
export function text(step: StepContext, position: number): string {
  const parameter = step.parameters[position];
  if (!parameter) throw new AttituneError('value', `parameter ${position + 1} is missing.`);
  return parameter.text;
}

/** `key:value` as its two halves. Throws `value`. */
export function pair(parameter: string, separator = ':'): readonly [string, string] {
  const at = parameter.indexOf(separator);
  if (at <= 0) throw new AttituneError('value', `"${parameter}" is not of the form name${separator}value.`);
  return [parameter.slice(0, at).trim(), parameter.slice(at + separator.length)];
}

/**
 * Sorts parameters into options (`name:value`, for the names given) and the others, in order. `arg:` before a text
 * makes it no option, whatever it begins with.
 */
export function options<Name extends string>(
  step: StepContext,
  names: readonly Name[],
  from = 0,
): { readonly rest: readonly string[]; readonly given: Readonly<Partial<Record<Name, readonly string[]>>> } {
  const rest: string[] = [];
  const given: Partial<Record<Name, string[]>> = {};
  for (const { text: parameter } of step.parameters.slice(from)) {
    const name = names.find((candidate) => parameter.startsWith(`${candidate}:`));
    if (name === undefined) rest.push(parameter.startsWith('arg:') ? parameter.slice(4) : parameter);
    else (given[name] ??= []).push(parameter.slice(name.length + 1));
  }
  return { rest, given };
}

/** `NAME=value` parameters as an environment. */
export function environment(variables: readonly string[] = []): Record<string, string> {
  return Object.fromEntries(variables.map((variable) => pair(variable, '=')));
}

/** The last lines of a text, for an error message. */
export function lastLines(content: string | undefined, count = 8): string {
  return (content ?? '').trim().split('\n').slice(-count).join('\n').slice(-1500);
}

/** A log without the frames of Java's stack traces, so that its last lines tell the causes. */
export function withoutStackFrames(log: string | undefined): string {
  return (log ?? '').replace(/^\s+(at |\.\.\. \d+ more).*\n?/gm, '');
}
