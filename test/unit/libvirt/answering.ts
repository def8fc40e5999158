import type { Procedure } from '../../../wrappers/libvirt/rpc/procedure.js';
import { FakeDaemon } from './fake-daemon.js';

/** libvirt's refusal of a call. */
export class Refusal {
  constructor(
    readonly code: number,
    readonly message = 'refused',
  ) {}
}

/** How a daemon answers calls of one procedure. */
export interface Answer {
  readonly procedure: Procedure<never, unknown>;
  readonly answer: (args: never) => unknown;
}

export function on<A, R>(procedure: Procedure<A, R>, answer: (args: A) => R | Refusal): Answer {
  return { procedure: procedure as unknown as Procedure<never, unknown>, answer: answer };
}

/** Runs something on a connection to a daemon that answers as told; what it is not told it does not support. */
export async function answering<T>(answers: readonly Answer[], run: (daemon: FakeDaemon) => Promise<T>): Promise<T> {
  const daemon = new FakeDaemon();
  const state = { over: false };
  const outcome = run(daemon).finally(() => (state.over = true));
  outcome.catch(() => undefined);
  while (!state.over) {
    await daemon.send();
    const call = daemon.calls[0];
    if (!call) continue;
    const known = answers.find(({ procedure }) => procedure.number === call.header.procedure);
    const args = known && known.procedure.args.read(call.payload.fork());
    const result = known ? known.answer(args as never) : new Refusal(3, `no procedure ${call.header.procedure}`);
    if (result instanceof Refusal) await daemon.send(daemon.error(result.code, result.message));
    else await daemon.send(daemon.reply(known!.procedure, result));
  }
  return outcome;
}
