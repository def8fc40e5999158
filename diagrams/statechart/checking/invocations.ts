import type { Chart, StateNode, InvokeNode } from '../chart/chart.js';

/** Every `<invoke>` of a chart, with the state that it belongs to. */
export function invokesOf(chart: Chart): { readonly state: StateNode; readonly invoke: InvokeNode }[] {
  return chart.states.flatMap((state) => state.invokes.map((invoke) => ({ state, invoke })));
}

/** Whether the chart invokes something other than operations, such as another chart, which may send any event. */
export function sendsAnything(chart: Chart): boolean {
  return invokesOf(chart).some(({ invoke }) => invoke.type !== 'attitune');
}
