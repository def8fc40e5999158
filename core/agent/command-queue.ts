import { AttituneError } from '../model/errors.js';
import type { CommandResult, Executor } from '../model/executor.js';
import type { RemoteCommand } from '../model/messages.js';
import { MAX_BODY_BYTES, messageBytes } from './message-size.js';

/** So many sequences of one asker may wait. */
const MOST_WAITING = 1000;

/**
 * Sequences of commands (seed 004): those of one asker are run in the order in which they came, one after the other,
 * however long each takes; those of different askers at the same time.
 */
export class CommandQueue {
  readonly #last = new Map<string, { readonly end: Promise<unknown>; waiting: number }>();
  readonly #life = new AbortController();

  constructor(
    private readonly executor: Executor,
    /** Rejects for who may not. */
    private readonly check: (from: string) => Promise<void>,
  ) {}

  /**
   * Resolves with the results of those that were run: all of them, or up to the first whose exit code is not 0. Rejects
   * where one could not be run at all, with what the executor says.
   */
  run(from: string, commands: readonly RemoteCommand[]): Promise<readonly CommandResult[]> {
    const former = this.#last.get(from);
    const waiting = (former?.waiting ?? 0) + 1;
    if (waiting > MOST_WAITING)
      return Promise.reject(
        new AttituneError('operation-failed', `${MOST_WAITING} sequences of ${from} wait on ${this.executor.node}.`),
      );
    const turn = (former?.end ?? Promise.resolve()).then(async () => {
      await this.check(from);
      return this.#sequence(commands);
    });
    const entry = { end: turn.catch(() => undefined), waiting };
    this.#last.set(from, entry);
    void entry.end.then(() => {
      const last = this.#last.get(from);
      if (last === entry) this.#last.delete(from);
      else if (last) last.waiting -= 1;
    });
    return turn;
  }

  /** Ends what is run, and begins nothing more. */
  stop(): void {
    this.#life.abort(new AttituneError('cancelled', `The agent on ${this.executor.node} was stopped.`));
  }

  async #sequence(commands: readonly RemoteCommand[]): Promise<readonly CommandResult[]> {
    const results: CommandResult[] = [];
    for (const [index, command] of commands.entries()) {
      const result = await this.#one(command, `${index + 1} of ${commands.length}`);
      results.push(result);
      if (messageBytes(results) > MAX_BODY_BYTES)
        throw new AttituneError(
          'operation-failed',
          `The output of the commands up to ${index + 1} of ${commands.length} is longer than a message can be; those after it were not run. Let them write files.`,
        );
      if (result.exitCode !== 0) break;
    }
    return results;
  }

  async #one(command: RemoteCommand, which: string): Promise<CommandResult> {
    try {
      this.#life.signal.throwIfAborted();
      return await this.executor.run({ ...command, signal: this.#life.signal });
    } catch (error) {
      const { code, message } = AttituneError.from(error, 'operation-failed');
      throw new AttituneError(code, `Command ${which}: ${message}`, { cause: error });
    }
  }
}
