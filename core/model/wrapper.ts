import type { Component } from './component.js';
import type { Infrastructure } from './infrastructure.js';
import type { SystemRepresentation } from './system-representation.js';

/** How a kind of software (or a VM) is administered: its attributes, and the operations that diagrams call. */
export interface Wrapper {
  readonly name: string;
  readonly description: string;
  readonly attributes: readonly AttributeInfo[];
  readonly operations: ReadonlyMap<string, OperationInfo>;
  /** True where an instance is itself a host for others (a virtual machine). */
  readonly isNode: boolean;
  /** Debian packages that it needs where it runs; a VM that it runs inside gets them in its image. */
  readonly packages?: readonly string[];
  /** True where each instance has an event pipe, at its attribute `tubeAddr`, from its first operation on. */
  readonly hasEventPipe?: boolean;
  /** Runs one operation on one component. Rejects with `AttituneError`. */
  invoke(operation: string, context: OperationContext): Promise<unknown>;
}

export interface AttributeInfo {
  readonly name: string;
  /** Absent: the deployment must give one. */
  readonly defaultValue?: string;
  readonly description?: string;
  /** Set while the system runs (`address`, `pid`), not by the deployment. */
  readonly runtime?: boolean;
}

export interface OperationInfo {
  readonly name: string;
  readonly description?: string;
  readonly timeoutMs: number;
  /** True where running it twice does the same as once, so that it may be repeated after a crash. */
  readonly idempotent: boolean;
  /**
   * The attributes of the component that it changes, where calling it with their former values as parameters takes it
   * back: so a procedure that fails undoes it. Absent: it cannot be undone.
   */
  readonly undo?: readonly string[];
  /** True where it only looks: it is allowed whatever the mode. */
  readonly reads?: boolean;
}

export interface OperationContext {
  readonly component: Component;
  readonly system: SystemRepresentation;
  readonly infrastructure: Infrastructure;
  readonly parameters: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  /** True where a manager died during an earlier attempt of this call: part of it may be done already. */
  readonly resumed?: boolean;
  /** A line for the journal. */
  readonly report: (text: string, data?: Readonly<Record<string, unknown>>) => void;
}

export interface WrapperRegistry {
  get(name: string): Wrapper | undefined;
  names(): readonly string[];
}
