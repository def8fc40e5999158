import type { Procedure } from '../../../wrappers/libvirt/rpc/procedure.js';
import type { Packet } from '../../../wrappers/libvirt/rpc/packet.js';
import { FakeDaemon } from './fake-daemon.js';

/** One procedure with what it answers, or fails with. */
export interface Line {
  readonly number: number;
  readonly answer: (daemon: FakeDaemon, call: Packet) => Buffer;
}

/** The daemon answers to the procedure with this; a function is asked at each call. */
export function answers<A, R>(procedure: Procedure<A, R>, result: R | (() => R)): Line {
  const now = () => (typeof result === 'function' ? (result as () => R)() : result);
  return { number: procedure.number, answer: (daemon) => daemon.reply(procedure, now()) };
}

/** The daemon answers to the procedure with an error. */
export function refuses<A, R>(procedure: Procedure<A, R>, code: number, message: string): Line {
  return { number: procedure.number, answer: (daemon) => daemon.error(code, message) };
}

/** A daemon that answers by a table, at once; `called` lists what it was asked. */
export class ScriptedDaemon extends FakeDaemon {
  readonly called: number[] = [];
  #going = true;

  constructor(private readonly lines: readonly Line[]) {
    super();
    void this.#serve();
  }

  stop(): void {
    this.#going = false;
  }

  async #serve(): Promise<void> {
    while (this.#going) {
      const [call] = this.calls;
      if (call) {
        const { procedure } = call.header;
        this.called.push(procedure);
        const line = this.lines.find(({ number }) => number === procedure);
        await this.send(line ? line.answer(this, call) : this.error(1, `nothing is known of procedure ${procedure}`));
      } else await new Promise((resolve) => setImmediate(resolve));
    }
  }
}
