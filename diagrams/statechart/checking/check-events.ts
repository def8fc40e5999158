import { AttituneError } from '../../../core/model/errors.js';
import type { SourcePlace } from '../../../core/model/errors.js';
import { suggest } from '../../../core/xml/index.js';
import type { Chart, StateNode } from '../chart/chart.js';
import type { Step } from '../chart/content.js';
import { blocksOf, stepsOf } from '../chart/walk.js';
import type { ChartUse } from './chart-use.js';
import { invokesOf, sendsAnything } from './invocations.js';
import { covers } from './reachability.js';
import type { Reachability } from './reachability.js';

/** Events that nothing raises, and events of its own that the chart does not hear (`unknown-event`). */
export function checkEvents(chart: Chart, { transitions }: Reachability, use: ChartUse): AttituneError[] {
  const own = ownEvents(chart);
  const errors: AttituneError[] = [];
  for (const transition of transitions) {
    for (const event of transition.events) {
      const message = unraised(event, chart, use, own);
      if (message !== undefined) errors.push(unknown(message, transition.place));
    }
  }
  const heard = [...new Set(chart.transitions.flatMap(({ events }) => events))];
  for (const { name, place } of own.raised) {
    // an error that nothing takes fails a procedure, which may be what is wanted
    if (isOf('error', name) || own.forwards || heard.some((descriptor) => covers(descriptor, name))) continue;
    const message = `nothing in this diagram hears the event "${name}".${suggest(name, heard.filter(isPlain))}`;
    errors.push(unknown(message, place));
  }
  return errors;
}

/** Why an event can never come, or `undefined` where it may. */
function unraised(event: string, chart: Chart, use: ChartUse, own: OwnEvents): string | undefined {
  if (own.raised.some(({ name }) => covers(event, name))) return undefined;
  const invokeId = rest('done.invoke', event);
  if (invokeId !== undefined) return own.computed ? undefined : uninvoked(invokeId, chart);
  const stateId = rest('done.state', event);
  if (stateId !== undefined) return own.computed ? undefined : unfinished(stateId, chart);
  const { outside } = use;
  if (outside === undefined || own.computed || own.open || !isPlain(event)) return undefined;
  if (outside.some((name) => covers(event, name))) return undefined;
  const limits =
    use.kind === 'procedure' ? ': a procedure hears only its own events and the ends of its operations' : '';
  const names = [...own.raised.map(({ name }) => name), ...outside];
  return `nothing raises the event "${event}"${limits}.${suggest(event, names)}`;
}

function uninvoked(id: string, chart: Chart): string | undefined {
  const known: string[] = [];
  for (const { state, invoke } of invokesOf(chart)) {
    // an id that is made up begins with that of the state
    const name = invoke.id ?? state.id;
    if (covers(id, name) || (invoke.id === undefined && covers(name, id))) return undefined;
    if (invoke.id !== undefined) known.push(invoke.id);
  }
  return `nothing raises "done.invoke.${id}": there is no <invoke id="${id}">.${suggest(id, known)}`;
}

function unfinished(id: string, chart: Chart): string | undefined {
  const states = chart.states.filter((state) => covers(id, state.id));
  if (states.some(canFinish)) return undefined;
  const [state] = states;
  if (!state) {
    const able = chart.states.filter((candidate) => candidate.kind !== 'scxml' && canFinish(candidate));
    const names = able.map((candidate) => candidate.id);
    return `nothing raises "done.state.${id}": there is no state "${id}".${suggest(id, names)}`;
  }
  const why =
    state.kind === 'parallel'
      ? `its region "${state.children.find((child) => !canFinish(child))?.id ?? ''}" has no <final>`
      : 'it has no <final> of its own';
  return `nothing raises "done.state.${id}": ${why}.`;
}

/** Whether a state can be done: a compound one by a final child, a parallel one by all of its regions. */
function canFinish(state: StateNode): boolean {
  if (state.kind === 'parallel') return state.children.every(canFinish);
  return state.kind === 'compound' && state.children.some(({ kind }) => kind === 'final');
}

interface OwnEvents {
  /** Events with a name that is known, which it raises or sends for itself. */
  readonly raised: readonly { readonly name: string; readonly place: SourcePlace }[];
  /** It sends itself an event whose name is computed. */
  readonly computed: boolean;
  /** Others that it knows may send it events. */
  readonly open: boolean;
  /** What it hears it gives on to a service. */
  readonly forwards: boolean;
}

const OWN_TARGETS = /^$|^#_internal$|^#_scxml_/;

function ownEvents(chart: Chart): OwnEvents {
  const raised: { name: string; place: SourcePlace }[] = [];
  let computed = false;
  for (const step of blocksOf(chart).flatMap(stepsOf)) {
    const event = ownEvent(step);
    if (typeof event === 'string') raised.push({ name: event, place: step.place });
    else if (event) computed = true;
  }
  const services = sendsAnything(chart);
  const talks = chart.expressions.some(({ text }) => /_ioprocessors|_sessionid/.test(text));
  return { raised, computed, open: services || talks, forwards: services };
}

/** The event a step sends to this very chart; an object where its name or target is computed. */
function ownEvent(step: Step): string | object | undefined {
  if (step.kind === 'raise') return step.event;
  if (step.kind !== 'send') return undefined;
  const { type = '', target = '', event } = step;
  if (typeof type !== 'string' || typeof target !== 'string') return {};
  if (type !== '' && type !== 'scxml' && !type.endsWith('#SCXMLEventProcessor')) return undefined;
  return OWN_TARGETS.test(target) ? event : undefined;
}

/** What follows `prefix.` in an event descriptor. */
function rest(prefix: string, event: string): string | undefined {
  return event.startsWith(`${prefix}.`) ? event.slice(prefix.length + 1) : undefined;
}

/** True for an author's own event: none of the standard's, and not the wildcard. */
function isPlain(event: string): boolean {
  return event !== '*' && event !== '' && !isOf('error', event) && !isOf('done', event);
}

function isOf(family: string, event: string): boolean {
  return event === family || event.startsWith(`${family}.`);
}

function unknown(message: string, place: SourcePlace): AttituneError {
  return new AttituneError('unknown-event', message, { place });
}
