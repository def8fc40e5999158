/** libvirt's main program, and short words to write its calls and messages down as tables. */
import type { EventMessage, Procedure, Program } from './procedure.js';
import type { Lane } from './request-gate.js';
import type { Codec } from './xdr.js';

export const REMOTE_PROGRAM: Program = { number: 0x20008086, version: 1 };

export function remote<A, R>(number: number, args: Codec<A>, result: Codec<R>, lane: Lane = 'short'): Procedure<A, R> {
  return { program: REMOTE_PROGRAM, number, args, result, lane };
}

export function event<M>(number: number, message: Codec<M>): EventMessage<M> {
  return { program: REMOTE_PROGRAM, number, message };
}
