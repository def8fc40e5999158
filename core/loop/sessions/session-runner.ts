import type { AdministrationEvent } from '../../model/administration.js';
import type { Bus } from '../../model/bus.js';
import type { Clock } from '../../model/clock.js';
import type {
  Diagram,
  DiagramEngine,
  DiagramSession,
  OperationCall,
  SessionCheckpoint,
  SessionEnvironment,
  SessionResult,
} from '../../model/diagram.js';
import { AttituneError } from '../../model/errors.js';
import type { SessionRecord } from '../../model/store.js';
import type { SystemRepresentation } from '../../model/system-representation.js';
import type { CallContext } from '../operations/call-context.js';
import type { EventChannel } from '../event-channel.js';
import type { SessionControl } from '../control/session-control.js';
import type { Journal } from '../journal.js';
import type { Keeper } from '../keeping/keeper.js';
import { KeptSession, restoreScope, type StoredContext } from '../keeping/kept-session.js';
import { fillVariables } from '../operations/operation-path.js';
import { resolvePath, type Scope } from '../operations/scope.js';

/** A procedure that is to run: which diagram, and what started it. */
export interface SessionRequest {
  readonly diagram: Diagram;
  readonly event?: AdministrationEvent;
  readonly cause?: number;
  /** Variables that the deployment sets. */
  readonly parameters?: Readonly<Record<string, string>>;
  /** False where what it did stays when it fails: on the way down nothing is taken back. True unless told. */
  readonly transactional?: boolean;
  /** What bounds its effects; absent: nothing does. */
  readonly control?: SessionControl;
  /** Set for a start or stop diagram: its end is kept with the system. */
  readonly role?: 'start' | 'stop';
  /** What a former manager left of it: it is taken up from there. */
  readonly stored?: SessionRecord;
}

/** A session that was begun. */
export interface BegunSession {
  readonly id: string;
  readonly session: DiagramSession;
  /** Journal entry of its beginning. */
  readonly entry: number;
  readonly context: CallContext;
  readonly kept: KeptSession;
}

/** How one kind of session differs from the other. */
export interface SessionKind {
  readonly kind: 'procedure' | 'policy';
  readonly context: Pick<CallContext, 'transaction' | 'onCreated' | 'unlocked'>;
  readonly invoke: (call: OperationCall, context: CallContext) => Promise<unknown>;
  readonly kept: KeptSession;
}

/** Begins sessions of diagrams: gives each its scope and variables, and writes down what it does. */
export class SessionRunner {
  /** Ids of sessions go on where the journal's end, so that none is used twice in one store. */
  #lastNumber: number;

  constructor(
    private readonly parts: {
      readonly engine: DiagramEngine;
      readonly system: SystemRepresentation;
      readonly events: EventChannel;
      readonly journal: Journal;
      readonly bus: Bus;
      readonly clock: Clock;
      /** Absent: nothing outlives the manager. */
      readonly keeper?: Keeper | undefined;
    },
  ) {
    this.#lastNumber = parts.journal.lastId;
  }

  /** The record of a session that is to begin: a new one, or the one that a former manager left. */
  keep(request: SessionRequest, kind: SessionRecord['kind']): KeptSession {
    const { clock, keeper } = this.parts;
    const { diagram, stored, event, cause, parameters, transactional, role, control } = request;
    const number = Number(/#(\d+)$/.exec(stored?.id ?? '')?.[1] ?? this.#lastNumber + 1);
    this.#lastNumber = Math.max(this.#lastNumber, number);
    const head = {
      id: stored?.id ?? `${diagram.name}#${number}`,
      kind,
      file: diagram.file,
      startedAt: stored?.startedAt ?? clock.now(),
      request: {
        ...(event ? { event } : {}),
        ...(cause === undefined ? {} : { cause }),
        ...(parameters ? { parameters } : {}),
        ...(transactional === undefined ? {} : { transactional }),
        ...(role ? { role } : {}),
        ...(control ? { control } : {}),
      },
    };
    return new KeptSession(head, keeper, stored);
  }

  /** What the names `this` and `arg` stand for. */
  scopeOf({ event, stored }: SessionRequest): Scope {
    const { system } = this.parts;
    const scope: Scope = {};
    if (event && system.has(event.component)) scope.this = system.component(event.component);
    if (event?.arg !== undefined && system.has(event.arg)) scope.arg = system.component(event.arg);
    const known = (stored?.context as StoredContext | undefined)?.scope;
    return { ...scope, ...restoreScope(known, (name) => (system.has(name) ? system.component(name) : undefined)) };
  }

  /** Begins a session, or goes on with one. Throws `diagram-changed` for one that cannot be taken up. */
  begin(request: SessionRequest, { kind, context: own, invoke, kept }: SessionKind): BegunSession {
    const { engine, events, journal, bus, clock, system, keeper } = this.parts;
    const { diagram, event, stored } = request;
    const { id } = kept.head;
    const checkpoint = stored?.checkpoint;
    const scope = this.scopeOf(request);
    const about = event ? ` for ${event.component}` : '';
    const tell = (what: string, cause: number | undefined) =>
      journal.append(
        'session',
        diagram.name,
        `${kind === 'policy' ? 'policy' : 'diagram'} ${diagram.name} ${what}${about}`,
        {
          cause,
          data: { session: id },
        },
      );
    const entry = stored?.checkpoint ? stored.entry : tell('begins', request.cause).id;
    const variables = { ...diagram.constants, ...request.parameters };
    const known = stored?.context as StoredContext | undefined;
    const context: CallContext = {
      session: id,
      scope,
      cause: known?.current ?? entry,
      variables,
      ...own,
      ...(request.control ? { control: request.control } : {}),
      ...(known?.granted === undefined ? {} : { granted: known.granted }),
      ...(keeper ? { outcomes: kept.outcomes } : {}),
      ...(event ? { event } : {}),
    };
    kept.begun(entry, context);
    const publish = (configuration: readonly string[], status: 'running' | SessionResult['status'], heard?: string) =>
      bus.publish('session', {
        id,
        diagram: diagram.name,
        file: diagram.file,
        ...(event ? { subject: event.component } : {}),
        configuration,
        ...(heard === undefined ? {} : { event: heard }),
        status,
        at: clock.now(),
      });
    let configuration: readonly string[] = [];
    const environment: SessionEnvironment = {
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
          cause: entry,
        }),
      assign: (path, value) => this.#assign(path, value, context),
      ...(keeper ? { onCheckpoint: (next: SessionCheckpoint) => kept.checkpoint(next) } : {}),
      onStep: (step) => {
        configuration = step.configuration;
        publish(configuration, 'running', step.event);
        journal.append('step', diagram.name, step.configuration.join(' › '), {
          cause: entry,
          data: { session: id, configuration },
        });
      },
      onLog: (label, value) =>
        void journal.append('session', diagram.name, `${label ? `${label}: ` : ''}${String(value)}`, {
          cause: entry,
        }),
    };
    const session = checkpoint ? engine.resume(diagram, checkpoint, environment) : engine.start(diagram, environment);
    if (checkpoint) tell('goes on', entry);
    void session.done.then((result) => {
      publish(configuration, result.status);
      if (result.status !== 'final') return;
      kept.end('final', () => {
        journal.append(
          'session',
          diagram.name,
          `diagram ${diagram.name} ends in ${result.finalState ?? 'its final state'}`,
          { cause: entry, data: { session: id, result: result.status } },
        );
      });
    });
    return { id, session, entry, context, kept };
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
