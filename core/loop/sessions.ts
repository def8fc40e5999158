import type { AdministrationEvent } from '../model/administration.js';
import type { Bus } from '../model/bus.js';
import type { Clock } from '../model/clock.js';
import type { Diagram, DiagramEngine, DiagramSession, SessionResult } from '../model/diagram.js';
import { AttituneError } from '../model/errors.js';
import type { SystemRepresentation } from '../model/system-representation.js';
import type { CallContext, Effector } from './effector.js';
import type { EventChannel } from './event-channel.js';
import type { Journal } from './journal.js';
import { fillVariables } from './operation-path.js';
import { resolvePath, type Scope } from './scope.js';
import { touchedBy } from './touched.js';

/** A procedure that is to run: which diagram, and what started it. */
export interface SessionRequest {
  readonly diagram: Diagram;
  readonly event?: AdministrationEvent;
  readonly cause?: number;
  /** Variables that the deployment sets. */
  readonly parameters?: Readonly<Record<string, string>>;
}

interface Waiting {
  readonly request: SessionRequest;
  readonly key: string;
  readonly resolve: (result: SessionResult) => void;
}

interface Running {
  readonly key: string;
  readonly touches: ReadonlySet<string>;
  readonly session: DiagramSession;
}

/**
 * Runs procedures, one session for each event. Two that touch a common component run one after the other, in the order
 * of their events; others side by side. An event whose procedure already runs or waits for the same component starts no
 * second one: the diagram looks at the present state of the world, so nothing is lost.
 */
export class Sessions {
  #nextId = 1;
  #stopping = false;
  readonly #waiting: Waiting[] = [];
  readonly #running = new Map<string, Running>();
  readonly #policies: DiagramSession[] = [];

  constructor(
    private readonly parts: {
      readonly engine: DiagramEngine;
      readonly system: SystemRepresentation;
      readonly effector: Effector;
      readonly events: EventChannel;
      readonly journal: Journal;
      readonly bus: Bus;
      readonly clock: Clock;
    },
  ) {}

  /** Resolves when the session ended; at once with `undefined` where one for the same component runs or waits already. */
  request(request: SessionRequest): Promise<SessionResult> | undefined {
    const key = `${request.diagram.file}\n${request.event?.component ?? ''}`;
    if (this.#stopping) return undefined;
    if (
      this.#waiting.some((other) => other.key === key) ||
      [...this.#running.values()].some((other) => other.key === key)
    )
      return undefined;
    return new Promise((resolve) => {
      this.#waiting.push({ request, key, resolve });
      this.#startWaiting();
    });
  }

  /** Starts a long-lived session that is fed with events by {@link feedPolicies}. */
  startPolicy(request: SessionRequest): void {
    const { session } = this.#begin(request, 'policy');
    this.#policies.push(session);
  }

  feedPolicies(event: AdministrationEvent): void {
    for (const session of this.#policies)
      session.send({ name: event.name, data: { component: event.component, arg: event.arg } });
  }

  get busy(): number {
    return this.#running.size + this.#waiting.length;
  }

  /** Stops policies and procedures, aborts their operations, and waits until they ended. */
  async stopAll(): Promise<void> {
    this.#stopping = true;
    for (const { resolve } of this.#waiting.splice(0)) resolve({ status: 'stopped' });
    const sessions = [...this.#running.values()].map(({ session }) => session).concat(this.#policies.splice(0));
    for (const session of sessions) session.stop();
    await Promise.all(sessions.map((session) => session.done));
    await this.parts.effector.idle();
    this.#stopping = false;
  }

  #startWaiting(): void {
    const blocked = new Set<string>();
    for (const { touches } of this.#running.values()) for (const name of touches) blocked.add(name);
    for (const waiting of [...this.#waiting]) {
      const touches = touchedBy(waiting.request.diagram, this.parts.system, this.#scopeOf(waiting.request));
      const free = [...touches].every((name) => !blocked.has(name));
      // what waits longer goes first, so its components are taken for those behind it
      for (const name of touches) blocked.add(name);
      if (!free) continue;
      this.#waiting.splice(this.#waiting.indexOf(waiting), 1);
      this.#run(waiting, touches);
    }
  }

  #run({ request, key, resolve }: Waiting, touches: ReadonlySet<string>): void {
    const { session, id, entry } = this.#begin(request, 'procedure');
    this.#running.set(id, { key, touches, session });
    void session.done.then((result) => {
      this.#running.delete(id);
      if (result.status === 'failed') {
        const reason = result.error?.message ?? 'no reason was given';
        this.parts.journal.append('trouble', request.diagram.name, `${request.diagram.name} failed: ${reason}`, {
          cause: entry,
          data: { code: result.error?.code },
        });
      }
      resolve(result);
      this.#startWaiting();
    });
  }

  #scopeOf({ event }: SessionRequest): Scope {
    const { system } = this.parts;
    const scope: Scope = {};
    if (event && system.has(event.component)) scope.this = system.component(event.component);
    if (event?.arg !== undefined && system.has(event.arg)) scope.arg = system.component(event.arg);
    return scope;
  }

  #begin(
    request: SessionRequest,
    kind: 'procedure' | 'policy',
  ): { session: DiagramSession; id: string; entry: number } {
    const { engine, effector, events, journal, bus, clock, system } = this.parts;
    const { diagram, event } = request;
    const id = `${diagram.name}#${this.#nextId++}`;
    const scope = this.#scopeOf(request);
    const about = event ? ` for ${event.component}` : '';
    const entry = journal.append(
      'session',
      diagram.name,
      `${kind === 'policy' ? 'policy' : 'diagram'} ${diagram.name} begins${about}`,
      { cause: request.cause, data: { session: id } },
    );
    const variables = { ...diagram.constants, ...request.parameters };
    const context: CallContext = { session: id, scope, cause: entry.id, variables, ...(event ? { event } : {}) };
    const publish = (configuration: readonly string[], status: 'running' | SessionResult['status']) =>
      bus.publish('session', {
        id,
        diagram: diagram.name,
        file: diagram.file,
        ...(event ? { subject: event.component } : {}),
        configuration,
        status,
        at: clock.now(),
      });
    let configuration: readonly string[] = [];
    const session = engine.start(diagram, {
      id,
      clock,
      data: {
        ...request.parameters,
        this: scope.this ? describe(scope.this.name, scope.this.attributes) : null,
        arg: scope.arg ? describe(scope.arg.name, scope.arg.attributes) : (event?.arg ?? null),
        event: event ? { name: event.name, component: event.component, arg: event.arg ?? null, at: event.at } : null,
      },
      invoke: (call) => effector.run(call, context),
      emit: (raised) =>
        void events.raise({
          name: raised.name,
          component: raised.component ?? event?.component ?? system.deployment.name,
          ...(raised.arg === undefined ? {} : { arg: raised.arg }),
          why: `raised by the diagram ${diagram.name}`,
          cause: entry.id,
        }),
      assign: (path, value) => this.#assign(path, value, context),
      onStep: (step) => {
        configuration = step.configuration;
        publish(configuration, 'running');
        journal.append('step', diagram.name, step.configuration.join(' › '), {
          cause: entry.id,
          data: { session: id, configuration },
        });
      },
      onLog: (label, value) =>
        void journal.append('session', diagram.name, `${label ? `${label}: ` : ''}${String(value)}`, {
          cause: entry.id,
        }),
    });
    void session.done.then((result) => {
      publish(configuration, result.status);
      if (result.status === 'final')
        journal.append(
          'session',
          diagram.name,
          `diagram ${diagram.name} ends in ${result.finalState ?? 'its final state'}`,
          { cause: entry.id, data: { session: id, result: result.status } },
        );
    });
    return { session, id, entry: entry.id };
  }

  /** The path's last segment is the attribute, of every component that the rest reaches. */
  #assign(path: string, value: unknown, context: CallContext): void {
    const segments = fillVariables(path, context.variables ?? {})
      .split('.')
      .map((segment) => segment.trim());
    const attribute = segments.pop();
    if (attribute === undefined || attribute === '' || segments.length === 0 || segments.includes('')) {
      throw new AttituneError(
        'unknown-attribute',
        `<at:set path="${path}"> must be PATH.ATTRIBUTE, such as this.pid, new.zone or Tomcat.drained.`,
      );
    }
    for (const component of resolvePath(this.parts.system, context.scope, segments))
      component.setAttribute(attribute, String(value));
  }
}

function describe(name: string, attributes: ReadonlyMap<string, string>): Readonly<Record<string, string>> {
  return { ...Object.fromEntries(attributes), name };
}
