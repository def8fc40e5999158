import type { SessionEnvironment, SessionResult } from '../../../core/model/diagram.js';
import type { Chart } from '../chart/chart.js';
import { HTTP_PROCESSOR, SCXML_PROCESSOR } from '../chart/service-type.js';
import type { ChartEvent } from '../interpreter/chart-state.js';
import type { SessionHost } from './session-host.js';

/**
 * What an invoked diagram may use of the world: what the invoking one may. Its parameters set variables that it declares
 * itself (SCXML 6.4); names that it does not declare, such as `this`, mean what they mean outside.
 */
export function childEnvironment(
  outer: SessionEnvironment,
  id: string,
  chart: Chart,
  params: Readonly<Record<string, unknown>>,
): SessionEnvironment {
  const declared = new Set(chart.data.map((data) => data.id));
  const settable = new Set(chart.root.data.map((data) => data.id));
  const data = Object.fromEntries([
    ...Object.entries(outer.data).filter(([name]) => !declared.has(name)),
    ...Object.entries(params).filter(([name]) => settable.has(name)),
  ]);
  return { ...outer, id, data, onStep: () => undefined };
}

/** What the invoking session hears of the end of an invoked diagram. */
export function answerOf(invokeId: string, result: SessionResult): ChartEvent | undefined {
  if (result.status === 'final') {
    return { name: `done.invoke.${invokeId}`, type: 'external', data: result.data, whilePending: false };
  }
  const { error: cause } = result;
  if (!cause) return undefined;
  return { name: 'error.execution', type: 'external', data: { code: cause.code, message: cause.message }, cause };
}

/** `_ioprocessors` of a session (SCXML 5.10). */
export function ioProcessors(id: string, { http }: SessionHost) {
  const scxml = { location: `#_scxml_${id}` };
  const basicHttp = http && { location: http.locationOf(id) };
  return {
    ...{ scxml, [SCXML_PROCESSOR]: scxml },
    ...(basicHttp ? { basichttp: basicHttp, [HTTP_PROCESSOR]: basicHttp } : {}),
  };
}

/** XState calls its clock's functions unbound. */
export function xstateClock({ clock }: SessionEnvironment) {
  return {
    setTimeout: (callback: (...args: unknown[]) => void, delayMs: number) => clock.setTimeout(callback, delayMs),
    clearTimeout: (handle: unknown) => clock.clearTimeout(handle),
  };
}
