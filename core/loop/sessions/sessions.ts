import type { AdministrationEvent } from '../../model/administration.js';
import type { Bus } from '../../model/bus.js';
import type { Clock } from '../../model/clock.js';
import type { DiagramEngine, DiagramSession, OperationCall, SessionResult } from '../../model/diagram.js';
import { AttituneError, ERROR_CODES, type ErrorCode } from '../../model/errors.js';
import type { SystemRepresentation } from '../../model/system-representation.js';
import type { CallContext } from '../operations/call-context.js';
import type { Effector } from '../operations/effector.js';
import type { EventChannel } from '../event-channel.js';
import type { Journal } from '../journal.js';
import type { Keeper } from '../keeping/keeper.js';
import type { KeptSession, StoredContext } from '../keeping/kept-session.js';
import { lockedCall } from './locked-call.js';
import { LockTable, type HeldLocks, type LockSet } from './locks.js';
import { PausableLocks } from './pausable-locks.js';
import { Policies } from './policies.js';
import { Rollback } from '../transaction/rollback.js';
import { SessionRunner, type BegunSession, type SessionRequest } from './session-runner.js';
import { touchedBy } from './touched.js';
import { Transaction } from '../transaction/transaction.js';
import { undoProcedure, type UndoGround } from '../transaction/undo-procedure.js';

export type { SessionRequest } from './session-runner.js';

interface Waiting {
  readonly key: string;
  readonly kept: KeptSession;
  /** Takes it out of the queue. */
  cancel: () => void;
  readonly resolve: (result: SessionResult) => void;
}

interface Running {
  readonly key: string;
  /** Absent where only what it did is being undone. */
  readonly session?: DiagramSession;
  /** Settles once its operations have ended, what is to be undone is undone, and its locks are free. Never rejects. */
  readonly ended: Promise<SessionResult>;
}

/**
 * Runs procedures, one session for each event. Two that touch a common component run one after the other, in the order
 * of their events; others side by side. An event whose procedure already runs or waits for the same component starts no
 * second one: the diagram looks at the present state of the world, so nothing is lost.
 *
 * A procedure is a transaction: where it fails, what it did is undone before anyone else may touch the same components.
 */
export class Sessions {
  #stopping = false;
  readonly #waiting = new Set<Waiting>();
  readonly #running = new Map<string, Running>();
  readonly #locks = new LockTable();
  readonly #runner: SessionRunner;
  readonly #policies: Policies;
  readonly #undo: UndoGround;

  constructor(
    private readonly parts: {
      readonly engine: DiagramEngine;
      readonly system: SystemRepresentation;
      readonly effector: Effector;
      readonly events: EventChannel;
      readonly journal: Journal;
      readonly bus: Bus;
      readonly clock: Clock;
      /** Called after each change of the representation. */
      readonly changed?: () => void;
      /** Called after the end of each procedure. */
      readonly ended?: () => void;
      /** Absent: nothing outlives the manager. */
      readonly keeper?: Keeper | undefined;
    },
  ) {
    const { effector, system, journal, changed = () => undefined } = parts;
    this.#runner = new SessionRunner(parts);
    this.#policies = new Policies({ ...parts, runner: this.#runner, locks: this.#locks });
    this.#undo = { journal, rollback: new Rollback({ system, journal, calls: effector.calls, changed }) };
  }

  /** Resolves when the session ended; at once with `undefined` where one for the same component runs or waits already. */
  request(request: SessionRequest): Promise<SessionResult> | undefined {
    // a diagram that is used twice with other parameters is two procedures
    const key = [request.diagram.file, request.event?.component ?? '', JSON.stringify(request.parameters ?? {})].join(
      '\n',
    );
    if (this.#stopping || [...this.#waiting, ...this.#running.values()].some((other) => other.key === key))
      return undefined;
    const kept = this.#runner.keep(request, 'procedure');
    return new Promise((resolve) => {
      const waiting: Waiting = { key, kept, resolve, cancel: () => undefined };
      this.#waiting.add(waiting);
      waiting.cancel = this.#locks.acquire(
        () => this.#touched(request),
        (locks) => {
          this.#waiting.delete(waiting);
          this.#run(request, key, locks, kept, resolve);
        },
      );
      if (this.#waiting.has(waiting)) kept.waits();
    });
  }

  /** One call that belongs to no diagram, once no procedure touches the same components. Rejects as the operation does. */
  call(call: OperationCall, context: CallContext): Promise<unknown> {
    if (this.#stopping) return Promise.reject(new AttituneError('cancelled', 'All is being taken down.'));
    return lockedCall({ ...this.parts, locks: this.#locks }, call, context);
  }

  /** Starts a long-lived session that is fed with events by {@link feedPolicies}. */
  startPolicy(request: SessionRequest): void {
    this.#policies.start(request);
  }

  /** Stops the policies of components that are gone. */
  prunePolicies(): void {
    this.#policies.prune();
  }

  /** True where a policy with this diagram was started for this component, even if it has ended since. */
  hasPolicy(file: string, component: string | undefined): boolean {
    return this.#policies.has(file, component);
  }

  feedPolicies(event: AdministrationEvent): void {
    this.#policies.feed(event);
  }

  get busy(): number {
    return this.#running.size + this.#waiting.size;
  }

  /**
   * Stops policies and procedures, aborts their operations, and waits until they ended. What they did is not undone: they
   * are stopped because all is taken down, which does the same in its own order. What is being undone already is finished.
   */
  async stopAll(): Promise<void> {
    this.#stopping = true;
    for (const { cancel, kept, resolve } of this.#waiting) {
      cancel();
      kept.end('stopped');
      resolve({ status: 'stopped' });
    }
    this.#waiting.clear();
    const procedures = [...this.#running.values()];
    for (const { session } of procedures) session?.stop();
    await Promise.all([this.#policies.stopAll(), ...procedures.map(({ ended }) => ended)]);
    this.#stopping = false;
  }

  #touched(request: SessionRequest): LockSet {
    return touchedBy(request.diagram, this.parts.system, this.#runner.scopeOf(request), request.parameters);
  }

  #run(
    request: SessionRequest,
    key: string,
    held: HeldLocks,
    kept: KeptSession,
    resolve: (result: SessionResult) => void,
  ): void {
    const { id } = kept.head;
    const undo = (request.stored?.context as StoredContext | undefined)?.undo;
    const transaction = request.transactional === false ? undefined : new Transaction(undo, () => kept.changed());
    const locks = new PausableLocks(
      this.#locks,
      () => this.#touched(request),
      held,
      // what it has done must not be seen half done by others
      () => (transaction?.records.length ?? 0) === 0 && this.parts.effector.running(id) <= 1,
    );
    const begun = this.#begin(request, kept, locks, transaction);
    const done = begun instanceof AttituneError ? Promise.resolve(failedWith(begun)) : begun.session.done;
    const entry = begun instanceof AttituneError ? (request.stored?.entry ?? request.cause) : begun.entry;
    const ended = done.then(async (result) => {
      try {
        // what it called off may take a while to end in order
        await this.parts.effector.idle(id);
        const outcome =
          result.status === 'failed'
            ? await undoProcedure(request.diagram, { kept, entry, transaction }, result, this.#undo)
            : result;
        kept.end(outcome.status, () => {
          if (outcome.status !== 'stopped' || !transaction || transaction.records.length === 0) return;
          const told = `diagram ${request.diagram.name} is called off; what it did so far is not undone, for all is taken down`;
          this.parts.journal.append('session', request.diagram.name, told, { cause: entry, data: { session: id } });
        });
        return outcome;
      } catch (error) {
        // such as a store that cannot be written: nobody is to wait for its components because of that
        return failedWith(AttituneError.from(error));
      } finally {
        this.#running.delete(id);
        locks.release();
        if (!this.#stopping) this.parts.ended?.();
      }
    });
    this.#running.set(id, { key, ended, ...(begun instanceof AttituneError ? {} : { session: begun.session }) });
    void ended.then(resolve);
  }

  /** Or the error for which it cannot go on: it had failed before the manager died, or its diagram was changed. */
  #begin(
    request: SessionRequest,
    kept: KeptSession,
    locks: PausableLocks,
    transaction: Transaction | undefined,
  ): BegunSession | AttituneError {
    for (const record of transaction?.records ?? []) if (record.kind === 'created') locks.add(record.component);
    const failure = transaction?.failure;
    if (transaction && failure) {
      const { entry = 0 } = request.stored ?? {};
      kept.begun(entry, { scope: this.#runner.scopeOf(request), cause: entry, transaction });
      return new AttituneError(codeOf(failure.code), failure.message);
    }
    try {
      return this.#runner.begin(request, {
        kind: 'procedure',
        context: {
          ...(transaction ? { transaction } : {}),
          onCreated: ({ name }) => locks.add(name),
          unlocked: (wait) => locks.without(wait),
        },
        invoke: async (call, context) => {
          if (locks.pause) await locks.pause;
          return this.parts.effector.run(call, context);
        },
        kept,
      });
    } catch (error) {
      return AttituneError.from(error);
    }
  }
}

function failedWith(error: AttituneError): SessionResult {
  return { status: 'failed', error };
}

/** A code that a former manager stored. */
function codeOf(code: string): ErrorCode {
  return Object.hasOwn(ERROR_CODES, code) ? (code as ErrorCode) : 'diagram-failed';
}
