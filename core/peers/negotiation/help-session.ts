import type { Diagram, DiagramSession } from '../../model/diagram.js';
import { AttituneError } from '../../model/errors.js';
import type { PeerOperation, PeerSend } from './operations.js';
import type { NegotiatorParts } from './parts.js';

export type Parameters = Readonly<Record<string, unknown>>;
export type Operations = Readonly<
  Partial<Record<PeerOperation, (parameters: Parameters, signal: AbortSignal) => unknown>>
>;
export type Sends = Readonly<
  Partial<Record<PeerSend, (about: { readonly component?: string; readonly arg?: string }) => void>>
>;

export interface HelpSessionCall {
  readonly side: 'ask' | 'offer';
  readonly diagram: Diagram;
  readonly negotiation: string;
  /** What the diagram knows as `event`: what it was begun for. */
  readonly event?: Readonly<Record<string, unknown>>;
  readonly operations: Operations;
  readonly sends: Sends;
}

/** Begins one side of a negotiation. */
export function beginSession(parts: NegotiatorParts, call: HelpSessionCall): DiagramSession {
  const { engine, clock, bus, host, onStep } = parts;
  const { side, diagram, negotiation, event: begunFor = null, operations, sends } = call;
  return engine.start(diagram, {
    id: `${diagram.name}#${negotiation}@${bus.name}`,
    clock,
    data: { ...parts.parameters?.[side], this: { name: host.name }, arg: null, event: begunFor },
    invoke: ({ src, params, signal }) => {
      const operation = Object.hasOwn(operations, src) ? operations[src as PeerOperation] : undefined;
      if (!operation) throw new AttituneError('unknown-operation', `${diagram.name} has no use for "${src}" here.`);
      return Promise.resolve(operation(params, signal));
    },
    emit: ({ name, ...about }) => {
      const send = Object.hasOwn(sends, name) ? sends[name as PeerSend] : undefined;
      if (!send) throw new AttituneError('unknown-event', `a peer cannot send "${name}".`);
      send(about);
    },
    assign: (path) => {
      throw new AttituneError('unknown-attribute', `a peer has no attribute "${path}" that a diagram could set.`);
    },
    onStep: ({ configuration, event }) =>
      onStep?.({ negotiation, side, configuration, ...(event === undefined ? {} : { event }) }),
    onLog: () => undefined,
  });
}

/** A parameter that the diagram must give as a text. */
export function textOf(parameters: Parameters, name: string): string {
  const value = parameters[name];
  if (typeof value === 'string') return value;
  throw new AttituneError('value', `<param name="${name}"> must be a text.`);
}
