import type { StateNode, InvokeNode } from '../chart/chart.js';
import { CANCEL } from '../interpreter/chart-state.js';
import type { ChartEvent, Effect } from '../interpreter/chart-state.js';
import type { EffectOf, TimedEffect } from '../running/pending-work.js';
import { readError, writeError } from './chart-record.js';
import type { ErrorRecord } from './chart-record.js';
import { decodeGraph, HOST_FACTORY } from './decode-graph.js';
import { encodeGraph, HOST_ORIGIN } from './encode-graph.js';
import type { Graph } from './graph.js';

/** What is on its way in a session. */
export interface Messages {
  /** External events that were not processed. */
  readonly queue: readonly ChartEvent[];
  /** Effects that were not carried out. */
  readonly outbox: readonly Effect[];
  readonly timers: readonly OrderedTimer[];
  readonly operations: readonly PendingCall[];
  /** Of a session that has ended. */
  readonly output: unknown;
}

export interface OrderedTimer {
  readonly dueAt: number;
  readonly order: number;
  readonly effect: TimedEffect;
}

export interface PendingCall {
  readonly effect: EffectOf<'invoke'>;
  readonly key: string;
}

/** Where an `<invoke>` stands. */
export interface InvokePlace {
  readonly state: string;
  readonly index: number;
}

/** Writes messages down; `placeOf` finds the place of an `<invoke>`. */
export function writeMessages(messages: Messages, states: readonly StateNode[]): Graph {
  const { queue, outbox, timers, operations, output } = messages;
  return encodeGraph(
    {
      queue: queue.map(writeEvent),
      outbox: outbox.map((effect) => writeEffect(effect, states)),
      timers: timers.map(({ effect, ...timer }) => ({ ...timer, effect: writeEffect(effect, states) })),
      operations,
      output,
    },
    HOST_ORIGIN,
  );
}

export function readMessages(graph: Graph, nodeOf: (place: InvokePlace) => InvokeNode): Messages {
  const { queue, outbox, timers, operations, output } = decodeGraph(graph, HOST_FACTORY) as unknown as Messages;
  return {
    queue: queue.map(readEvent),
    outbox: outbox.map((effect) => readEffect(effect, nodeOf)),
    timers: timers.map(({ effect, ...timer }) => ({ ...timer, effect: readEffect(effect, nodeOf) as TimedEffect })),
    operations,
    output,
  };
}

/** The same with timers that were only asked for as if they were set: their times may be past by now. */
export function withTimersSet(messages: Messages, nextNumber: () => number): Messages {
  let timers = [...messages.timers];
  const outbox: Effect[] = [];
  for (const effect of messages.outbox) {
    if (effect.kind === 'cancel') timers = timers.filter((timer) => timer.effect.sendId !== effect.sendId);
    else if (isTimed(effect)) timers.push({ dueAt: effect.dueAt, order: nextNumber(), effect });
    else outbox.push(effect);
  }
  return { ...messages, timers, outbox };
}

function isTimed(effect: Effect): effect is TimedEffect & { readonly dueAt: number } {
  // one that fell due waits no more
  return 'dueAt' in effect && effect.delayMs > 0;
}

function writeEvent(event: ChartEvent): unknown {
  if (event === CANCEL) return { cancel: true };
  return event.cause ? { ...event, cause: writeError(event.cause) } : event;
}

function readEvent(event: ChartEvent): ChartEvent {
  if ('cancel' in event) return CANCEL;
  return event.cause ? { ...event, cause: readError(event.cause as unknown as ErrorRecord) } : event;
}

function writeEffect(effect: Effect, states: readonly StateNode[]): unknown {
  if (effect.kind === 'send' || effect.kind === 'forward') return { ...effect, event: writeEvent(effect.event) };
  return effect.kind === 'start' ? { ...effect, node: placeOfInvoke(effect.node, states) } : effect;
}

function readEffect(effect: Effect, nodeOf: (place: InvokePlace) => InvokeNode): Effect {
  if (effect.kind === 'send' || effect.kind === 'forward') return { ...effect, event: readEvent(effect.event) };
  if (effect.kind === 'invoke') return { ...effect, resumed: true };
  return effect.kind === 'start' ? { ...effect, node: nodeOf(effect.node as unknown as InvokePlace) } : effect;
}

/** The state and number of an `<invoke>`. */
export function placeOfInvoke(node: InvokeNode, states: readonly StateNode[]): InvokePlace {
  const owner = states.find(({ invokes }) => invokes.includes(node));
  return { state: owner?.id ?? '', index: owner?.invokes.indexOf(node) ?? 0 };
}
