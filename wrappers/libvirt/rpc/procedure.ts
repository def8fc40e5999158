import type { Lane } from './request-gate.js';
import type { Codec } from './xdr.js';

/** A program of libvirt's protocol and its version. */
export interface Program {
  readonly number: number;
  readonly version: number;
}

/** One call of a program: its number, what is sent and what comes back. */
export interface Procedure<A, R> {
  readonly program: Program;
  readonly number: number;
  readonly args: Codec<A>;
  readonly result: Codec<R>;
  readonly lane: Lane;
}

/** A message that the daemon sends by itself. */
export interface EventMessage<M> {
  readonly program: Program;
  readonly number: number;
  readonly message: Codec<M>;
}
