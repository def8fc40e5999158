import type { AdministrationEvent } from '../model/administration.js';
import type { DeploymentDiagram } from '../model/deployment.js';
import type { Diagram } from '../model/diagram.js';
import { AttituneError } from '../model/errors.js';
import type { SystemRepresentation } from '../model/system-representation.js';
import { suggest } from '../xml/suggest.js';
import { BUILT_IN_EVENTS, OUTSIDE_EVENTS } from './built-in-events.js';
import type { EventChannel } from './event-channel.js';

/** What somebody outside says has happened: TUNe's `event;component;arg`. */
export interface OutsideNotice {
  readonly event: string;
  readonly component: string;
  readonly arg?: string;
  /** Who says so and by which way, for the journal: `alice, by attitune emit`. */
  readonly source: string;
}

export interface OutsideEventsParts {
  readonly deployment: DeploymentDiagram;
  readonly system: SystemRepresentation;
  readonly diagrams: ReadonlyMap<string, Diagram>;
  readonly events: EventChannel;
  /** False while the system starts or is taken down: nothing is decided then. */
  readonly watching: () => boolean;
}

/** Of an argument, in UTF-16 units: an event says that something happened, it carries no files. */
const LONGEST_ARG = 4096;
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f]/;

/**
 * The one way in for events from outside, whoever brings them: the command line, another member of the bus, an HTTP
 * request, a pipe. Taken is what the deployment declares as an `<event>`, what is named `operator.…`, and what a diagram
 * or policy hears; what the manager itself finds out cannot be told it by others.
 */
export class OutsideEvents {
  constructor(private readonly parts: OutsideEventsParts) {}

  /**
   * Raises the event, or throws and changes nothing: `unknown-event`, `unknown-component`, `value`, or
   * `illegal-life-cycle` while the system is starting or being taken down.
   */
  accept({ event, component, arg, source }: OutsideNotice): AdministrationEvent {
    const { system, events, watching, deployment } = this.parts;
    this.#checkEvent(event);
    this.#checkComponent(component, event);
    if (arg !== undefined && (arg.length > LONGEST_ARG || CONTROL.test(arg)))
      throw new AttituneError(
        'value',
        `The argument of ${event} is longer than ${LONGEST_ARG} characters, or has control characters. Send plain text.`,
      );
    if (!watching())
      throw new AttituneError(
        'illegal-life-cycle',
        `${deployment.name} is starting or being taken down: no event is taken now. Try again once it runs.`,
      );
    const from = source.replace(new RegExp(CONTROL, 'g'), ' ').slice(0, 200);
    const named = system.component(component).name;
    return events.raise({
      name: event,
      component: named,
      ...(arg === undefined || arg === '' ? {} : { arg }),
      why: `told from outside, by ${from}`,
    });
  }

  #checkEvent(event: string): void {
    const { deployment, diagrams } = this.parts;
    const declared = deployment.events.map(({ name }) => name);
    if (declared.includes(event) || /^operator\.[\w.-]{1,100}$/.test(event)) return;
    if ((BUILT_IN_EVENTS as readonly string[]).includes(event))
      throw new AttituneError(
        'unknown-event',
        `${event} is what the manager finds out by itself, so nobody else can tell it. Use an event of your own, or declare it: <event name="${event}"/>.`,
      );
    const started = deployment.diagrams.flatMap(({ on }) => on);
    const heard = deployment.policies.flatMap(({ file }) => diagrams.get(file)?.hears ?? []);
    if (started.includes(event) || heard.some((one) => isHeardBy(event, one))) return;
    const known = suggest(event.slice(0, 100), [...new Set([...declared, ...started, ...heard])]);
    throw new AttituneError(
      'unknown-event',
      `No diagram and no policy hears the event "${event.slice(0, 100)}", and the deployment declares none of that name.${known} Events of people may be called ${OUTSIDE_EVENTS}NAME.`,
    );
  }

  #checkComponent(component: string, event: string): void {
    const { system, deployment } = this.parts;
    if (!system.has(component)) {
      const names = system.components.map(({ name }) => name);
      throw new AttituneError(
        'unknown-component',
        `${deployment.name} has no component "${component.slice(0, 100)}".${suggest(component.slice(0, 100), names)}`,
      );
    }
    const of = deployment.events.filter(({ name }) => name === event).map((one) => one.of);
    if (of.length === 0 || of.includes(undefined)) return;
    if (of.some((family) => family !== undefined && system.instances(family).some(({ name }) => name === component)))
      return;
    throw new AttituneError('value', `The event ${event} is about ${of.join(' or ')}, and ${component} is none.`);
  }
}

/** An event descriptor of SCXML: the event itself, the first parts of its name, or any. */
function isHeardBy(event: string, descriptor: string): boolean {
  const stem = descriptor.replace(/\.?\*$/, '');
  return stem === '' || stem === event || event.startsWith(`${stem}.`);
}
