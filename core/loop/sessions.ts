import type { AdministrationEvent } from '../model/administration.js';
import type { Bus } from '../model/bus.js';
import type { Clock } from '../model/clock.js';
import type { DiagramEngine, DiagramSession, SessionResult } from '../model/diagram.js';
import { AttituneError } from '../model/errors.js';
import type { SystemRepresentation } from '../model/system-representation.js';
import type { Effector } from './effector.js';
import type { EventChannel } from './event-channel.js';
import type { Journal } from './journal.js';
import { LockTable, type HeldLocks } from './locks.js';
import { Policies } from './policies.js';
import { Rollback, tellRollback } from './rollback.js';
import { SessionRunner, type BegunSession, type SessionRequest } from './session-runner.js';
import { touchedBy } from './touched.js';
import { Transaction } from './transaction.js';

export type { SessionRequest } from './session-runner.js';

interface Waiting {
  readonly key: string;
  /** Takes it out of the queue. */
  cancel: () => void;
  readonly resolve: (result: SessionResult) => void;
}

interface Running {
  readonly key: string;
  readonly session: DiagramSession;
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
  readonly #rollback: Rollback;

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
    },
  ) {
    const { effector, system, journal, changed = () => undefined } = parts;
    this.#runner = new SessionRunner(parts);
    this.#policies = new Policies({ ...parts, runner: this.#runner, locks: this.#locks });
    this.#rollback = new Rollback({ system, journal, calls: effector.calls, changed });
  }

  /** Resolves when the session ended; at once with `undefined` where one for the same component runs or waits already. */
  request(request: SessionRequest): Promise<SessionResult> | undefined {
    const key = `${request.diagram.file}\n${request.event?.component ?? ''}`;
    if (this.#stopping || [...this.#waiting, ...this.#running.values()].some((other) => other.key === key))
      return undefined;
    return new Promise((resolve) => {
      const waiting: Waiting = { key, resolve, cancel: () => undefined };
      this.#waiting.add(waiting);
      waiting.cancel = this.#locks.acquire(
        () => touchedBy(request.diagram, this.parts.system, this.#runner.scopeOf(request), request.parameters),
        (locks) => {
          this.#waiting.delete(waiting);
          this.#run(request, key, locks, resolve);
        },
      );
    });
  }

  /** Starts a long-lived session that is fed with events by {@link feedPolicies}. */
  startPolicy(request: SessionRequest): void {
    this.#policies.start(request);
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
    for (const { cancel, resolve } of this.#waiting) {
      cancel();
      resolve({ status: 'stopped' });
    }
    this.#waiting.clear();
    const procedures = [...this.#running.values()];
    for (const { session } of procedures) session.stop();
    await Promise.all([this.#policies.stopAll(), ...procedures.map(({ ended }) => ended)]);
    this.#stopping = false;
  }

  #run(request: SessionRequest, key: string, locks: HeldLocks, resolve: (result: SessionResult) => void): void {
    const transaction = request.transactional === false ? undefined : new Transaction();
    const begun = this.#runner.begin(request, {
      kind: 'procedure',
      context: { ...(transaction ? { transaction } : {}), onCreated: ({ name }) => locks.add(name) },
      invoke: (call, context) => this.parts.effector.run(call, context),
    });
    const ended = begun.session.done.then(async (result) => {
      // what it called off may take a while to end in order
      await this.parts.effector.idle(begun.id);
      const outcome = result.status === 'failed' ? await this.#failed(request, begun, result) : result;
      this.#running.delete(begun.id);
      locks.release();
      return outcome;
    });
    this.#running.set(begun.id, { key, session: begun.session, ended });
    void ended.then(resolve);
  }

  /** Undoes what it did, and tells all of it in one entry. */
  async #failed(
    { diagram }: SessionRequest,
    { id, entry: cause, context: { transaction } }: BegunSession,
    result: SessionResult,
  ): Promise<SessionResult> {
    const { journal } = this.parts;
    const error = result.error ?? new AttituneError('diagram-failed', 'no reason was given');
    const told = `${diagram.name} failed: ${error.message}`;
    if (!transaction || transaction.records.length === 0) {
      journal.append('trouble', diagram.name, told, { cause, data: { code: error.code } });
      return { ...result, error };
    }
    transaction.fail(error);
    journal.append('session', diagram.name, `${told} What it did is being undone.`, { cause, data: { session: id } });
    const report = await this.#rollback.run(transaction, id, cause);
    const outcome = tellRollback(report);
    const code = outcome === '' ? error.code : 'rolled-back';
    journal.append('trouble', diagram.name, `${told}${outcome && ` ${outcome}`}`, {
      cause,
      data: { code, reason: error.code, session: id, ...report },
    });
    if (outcome === '') return { ...result, error };
    const { place, details } = error;
    return {
      ...result,
      error: new AttituneError(error.code, `${error.message} ${outcome}`, {
        cause: error,
        place,
        details: { ...details, rollback: report },
      }),
    };
  }
}
