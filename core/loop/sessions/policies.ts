import type { AdministrationEvent } from '../../model/administration.js';
import type { Clock, TimerHandle } from '../../model/clock.js';
import type { SessionResult } from '../../model/diagram.js';
import { AttituneError } from '../../model/errors.js';
import type { SessionRecord } from '../../model/store.js';
import type { SystemRepresentation } from '../../model/system-representation.js';
import type { Effector } from '../operations/effector.js';
import type { EventChannel } from '../event-channel.js';
import type { Journal } from '../journal.js';
import { lockedCall } from './locked-call.js';
import type { LockTable } from './locks.js';
import type { BegunSession, SessionRequest, SessionRunner } from './session-runner.js';

/** After its first failure a policy pauses this long before it begins again, after each further one twice as long. */
const FIRST_PAUSE_MS = 1000;
/** It begins again so often within the window; the next failure ends it. */
const MOST_RESTARTS = 3;
const WINDOW_MS = 10 * 60_000;

/** What was not to be done is no failure; a policy without a transition for that pauses so long. */
const AFTER_DECLINED_MS = 10_000;

/** Raised on its component when a policy is given up. */
export const POLICY_FAILED = 'policy.failed';

interface Policy {
  request: SessionRequest;
  begun: BegunSession | undefined;
  /** When it failed, within the window. */
  failures: readonly number[];
  pause: TimerHandle;
}

/**
 * Long-lived sessions. What a policy does over hours is no transaction: where it fails, nothing is undone. It begins anew
 * after a pause, for it decides on the present state of the world; where it fails again and again it is given up, and the
 * event `policy.failed` says so. While one of its operations runs, the components that it touches are locked.
 */
export class Policies {
  readonly #policies = new Set<Policy>();
  /** Diagram and component of each that was ever started here. */
  readonly #started = new Set<string>();

  constructor(
    private readonly parts: {
      readonly runner: SessionRunner;
      readonly locks: LockTable;
      readonly effector: Effector;
      readonly system: SystemRepresentation;
      readonly events: EventChannel;
      readonly journal: Journal;
      readonly clock: Clock;
    },
  ) {}

  start(request: SessionRequest): void {
    const policy: Policy = { request, begun: undefined, failures: [], pause: undefined };
    this.#policies.add(policy);
    this.#started.add(keyOf(request.diagram.file, request.event?.component));
    this.#begin(policy);
  }

  feed(event: AdministrationEvent): void {
    for (const { begun } of this.#policies)
      begun?.session.send({ name: event.name, data: { component: event.component, arg: event.arg } });
  }

  /** Stops them and waits until their operations ended. */
  async stopAll(): Promise<void> {
    const policies = [...this.#policies];
    this.#policies.clear();
    await Promise.all(
      policies.map(async ({ begun, pause }) => {
        this.parts.clock.clearTimeout(pause);
        begun?.session.stop();
        await begun?.session.done;
        if (begun) await this.parts.effector.idle(begun.id);
      }),
    );
  }

  /** True where one with this diagram was started for this component, even if it has ended or was given up since. */
  has(file: string, component: string | undefined): boolean {
    return this.#started.has(keyOf(file, component));
  }

  /** Stops those whose component is gone. */
  prune(): void {
    for (const policy of this.#policies) {
      const component = policy.request.event?.component;
      if (component === undefined || this.parts.system.has(component)) continue;
      this.#policies.delete(policy);
      this.parts.clock.clearTimeout(policy.pause);
      policy.begun?.session.stop();
    }
  }

  #begin(policy: Policy): void {
    const { runner } = this.parts;
    const begin = (request: SessionRequest) =>
      runner.begin(request, {
        kind: 'policy',
        context: {},
        invoke: (call, context) => lockedCall(this.parts, call, context),
        kept: runner.keep(request, 'policy'),
      });
    const { stored, ...anew } = policy.request;
    policy.request = anew;
    const begun = (stored && this.#takeUp({ ...anew, stored }, begin)) ?? begin(anew);
    policy.begun = begun;
    void begun.session.done.then((result) => this.#ended(policy, begun, result));
  }

  /** `undefined` where it cannot be gone on with: a policy decides on the present state, so it may as well begin anew. */
  #takeUp(
    request: SessionRequest & { readonly stored: SessionRecord },
    begin: (request: SessionRequest) => BegunSession,
  ): BegunSession | undefined {
    try {
      return begin(request);
    } catch (error) {
      const { diagram, stored } = request;
      const { message, code } = AttituneError.from(error);
      this.parts.runner.keep(request, 'policy').end('failed', () => {
        this.parts.journal.append('trouble', diagram.name, `policy ${diagram.name} begins anew: ${message}`, {
          cause: stored.entry,
          data: { code, session: stored.id },
        });
      });
      return undefined;
    }
  }

  #ended(policy: Policy, { entry, kept }: BegunSession, { status, error }: SessionResult): void {
    kept.end(status);
    if (!this.#policies.has(policy)) return;
    policy.begun = undefined;
    const { diagram, event } = policy.request;
    const { clock, journal, events, system } = this.parts;
    const gone = event !== undefined && !system.has(event.component);
    if (status !== 'failed' || gone) {
      this.#policies.delete(policy);
      return;
    }
    if (error?.code === 'declined') {
      const told = `policy ${diagram.name} begins again in ${AFTER_DECLINED_MS / 1000} s: ${error.message}`;
      journal.append('session', diagram.name, told, { cause: entry, data: { code: error.code } });
      policy.pause = clock.setTimeout(() => this.#begin(policy), AFTER_DECLINED_MS);
      return;
    }
    const now = clock.now();
    policy.failures = [...policy.failures.filter((at) => now - at < WINDOW_MS), now];
    const count = policy.failures.length;
    const subject = event?.component ?? system.deployment.name;
    const reason = `${diagram.name} failed for ${subject}: ${error?.message ?? 'no reason was given'}`;
    const data = { code: error?.code };
    if (count > MOST_RESTARTS) {
      this.#policies.delete(policy);
      const why = `it failed ${count} times within ${WINDOW_MS / 60_000} min and is given up until the next deployment`;
      const told = journal.append('trouble', diagram.name, `policy ${reason} I${why.slice(1)}.`, {
        cause: entry,
        data,
      });
      events.raise({ name: POLICY_FAILED, component: subject, arg: diagram.name, why, cause: told.id });
      return;
    }
    const pauseMs = FIRST_PAUSE_MS * 2 ** (count - 1);
    journal.append('trouble', diagram.name, `policy ${reason} It begins again in ${pauseMs / 1000} s.`, {
      cause: entry,
      data,
    });
    policy.pause = clock.setTimeout(() => this.#begin(policy), pauseMs);
  }
}

function keyOf(file: string, component: string | undefined): string {
  return `${file}\n${component ?? ''}`;
}
