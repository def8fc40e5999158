import type { PendingOperation, SessionCheckpoint } from '../../../core/model/diagram.js';
import { XmlContent } from '../chart/xml-content.js';
import { plainData } from '../ecmascript/plain-data.js';
import type { Effect } from '../interpreter/chart-state.js';
import { writeChartState } from '../persistence/chart-record.js';
import { placeOfInvoke, writeMessages } from '../persistence/messages.js';
import type { SessionRecord } from '../persistence/session-record.js';
import type { SessionView } from './session-view.js';

/** A checkpoint of a session and all that it invoked. Throws `diagram-failed` where a variable cannot be kept. */
export function takeCheckpoint(view: SessionView, next: number): SessionCheckpoint {
  const sessions = allOf(view);
  return {
    format: 1,
    diagramHash: view.hash,
    configuration: view.state.configuration.map(({ id }) => id),
    timers: sessions.flatMap(timersOf),
    operations: sessions.flatMap(operationsOf),
    state: { session: recordOf(view), next },
  };
}

function allOf(view: SessionView): SessionView[] {
  return [view, ...view.children.flatMap((child) => allOf(child.view))];
}

function recordOf(view: SessionView): SessionRecord {
  const { id, hash, states, state, data, queue, effects, childrenStarted, children } = view;
  const timers = [...effects.timers.values()].flatMap((set) =>
    [...set].map(({ dueAt, order, effect }) => ({ dueAt, order, effect })),
  );
  const operations = [...effects.operations.values()].map(({ effect, key }) => ({ effect, key }));
  return {
    ...{ id, hash, childrenStarted, attempts: effects.attempts, turn: effects.turn, busy: effects.busy },
    chart: writeChartState(state),
    data: data.record(),
    messages: writeMessages({ queue, outbox: effects.outbox, timers, operations, output: state.output }, states),
    children: children.map(({ invokeId, left, source, view: inner }) => ({
      ...{ invokeId, instance: source.instance, left, ...placeOfInvoke(source.node, states) },
      src: source.src ?? null,
      content: source.content === undefined ? null : textOfContent(source.content),
      session: recordOf(inner),
    })),
  };
}

/** Delayed events of a session, those that are just to be set included. */
function timersOf({ effects }: SessionView): SessionCheckpoint['timers'] {
  const timers = [...effects.timers].flatMap(([sendId, set]) =>
    [...set].map(({ dueAt, effect }) => ({ sendId, dueAt, event: shown(effect) })),
  );
  return effects.outbox.reduce((pending, effect) => {
    if (effect.kind === 'cancel') return pending.filter(({ sendId }) => sendId !== effect.sendId);
    if (!('dueAt' in effect) || effect.delayMs === 0) return pending;
    return [...pending, { sendId: effect.sendId, dueAt: effect.dueAt, event: shown(effect) }];
  }, timers);
}

/** Operations of a session, those that are just to be called included. */
function operationsOf({ effects }: SessionView): PendingOperation[] {
  const called = [...effects.operations.values()].map(({ effect, key }) => operation(effect, key));
  return effects.outbox.reduce((pending, effect) => {
    if (effect.kind !== 'invoke' && effect.kind !== 'cancelInvoke') return pending;
    const others = pending.filter(({ invokeId }) => invokeId !== effect.invokeId);
    return effect.kind === 'invoke' ? [...others, operation(effect, effect.key ?? '')] : others;
  }, called);
}

function operation({ invokeId, src, params }: Effect & { readonly kind: 'invoke' }, key: string): PendingOperation {
  return { invokeId, src, key, params: plainData(params, () => undefined) as PendingOperation['params'] };
}

/** A document that was computed is XML or its text. */
function textOfContent(content: unknown): string {
  return content instanceof XmlContent ? content.xml : (content as string);
}

function shown(effect: Effect): unknown {
  const event = 'event' in effect ? effect.event : 'message' in effect ? effect.message : undefined;
  return plainData(event, () => undefined);
}
