import type { AdministrationEvent } from '../model/administration.js';
import type { Bus } from '../model/bus.js';
import type { Clock } from '../model/clock.js';
import type { Diagram, DiagramEngine, DiagramSession, OperationCall, SessionResult } from '../model/diagram.js';
import { AttituneError } from '../model/errors.js';
import type { SystemRepresentation } from '../model/system-representation.js';
import type { CallContext } from './call-context.js';
import type { EventChannel } from './event-channel.js';
import type { Journal } from './journal.js';
import { fillVariables } from './operation-path.js';
import { resolvePath, type Scope } from './scope.js';

/** A procedure that is to run: which diagram, and what started it. */
export interface SessionRequest {
  readonly diagram: Diagram;
  readonly event?: AdministrationEvent;
  readonly cause?: number;
  /** Variables that the deployment sets. */
  readonly parameters?: Readonly<Record<string, string>>;
  /** False where what it did stays when it fails: on the way down nothing is taken back. True unless told. */
  readonly transactional?: boolean;
}

/** A session that was begun. */
export interface BegunSession {
  readonly id: string;
  readonly session: DiagramSession;
  /** Journal entry of its beginning. */
  readonly entry: number;
  readonly context: CallContext;
}

/** How one kind of session differs from the other. */
export interface SessionKind {
  readonly kind: 'procedure' | 'policy';
  readonly context: Pick<CallContext, 'transaction' | 'onCreated'>;
  readonly invoke: (call: OperationCall, context: CallContext) => Promise<unknown>;
}

/** Begins sessions of diagrams: gives each its scope and variables, and writes down what it does. */
export class SessionRunner {
  #nextId = 1;

  constructor(
    private readonly parts: {
      readonly engine: DiagramEngine;
      readonly system: SystemRepresentation;
      readonly events: EventChannel;
      readonly journal: Journal;
      readonly bus: Bus;
      readonly clock: Clock;
    },
  ) {}

  /** What the names `this` and `arg` stand for. */
  scopeOf({ event }: SessionRequest): Scope {
    const { system } = this.parts;
    const scope: Scope = {};
    if (event && system.has(event.component)) scope.this = system.component(event.component);
    if (event?.arg !== undefined && system.has(event.arg)) scope.arg = system.component(event.arg);
    return scope;
  }

  begin(request: SessionRequest, { kind, context: own, invoke }: SessionKind): BegunSession {
    const { engine, events, journal, bus, clock, system } = this.parts;
    const { diagram, event } = request;
    const id = `${diagram.name}#${this.#nextId++}`;
    const scope = this.scopeOf(request);
    const about = event ? ` for ${event.component}` : '';
    const entry = journal.append(
      'session',
      diagram.name,
      `${kind === 'policy' ? 'policy' : 'diagram'} ${diagram.name} begins${about}`,
      { cause: request.cause, data: { session: id } },
    );
    const variables = { ...diagram.constants, ...request.parameters };
    const context: CallContext = {
      session: id,
      scope,
      cause: entry.id,
      variables,
      ...own,
      ...(event ? { event } : {}),
    };
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
      invoke: (call) => invoke(call, context),
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
    return { id, session, entry: entry.id, context };
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
    for (const component of resolvePath(this.parts.system, context.scope, segments)) {
      context.transaction?.attribute(component.name, attribute, component.attributes.get(attribute));
      component.setAttribute(attribute, String(value));
    }
  }
}

function describe(name: string, attributes: ReadonlyMap<string, string>): Readonly<Record<string, string>> {
  return { ...Object.fromEntries(attributes), name };
}
