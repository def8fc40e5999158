/**
 * Statecharts: SCXML documents read, checked, and run. {@link ScxmlEngine} is the `DiagramEngine` of the core. A
 * document is read once into a {@link Chart} (`chart/`, `reading/`); an interpreter follows appendix D of the standard
 * (`interpreter/`): state and event in, state and effects out; the variables are in an ECMAScript context of their own
 * (`ecmascript/`); a session is an XState actor that carries the effects out (`running/`), is reached by HTTP where that is
 * opened (`http/`), and is written down and taken up again (`persistence/`). `checking/` finds what cannot be right.
 */
export { isScxmlDiagram, ScxmlEngine } from './scxml-engine.js';
export type { ScxmlDiagram, ScxmlEngineOptions } from './scxml-engine.js';
export type { BasicHttp, BasicHttpOptions } from './http/basic-http.js';
export type { ChartSession } from './running/chart-session.js';
export { XmlContent } from './chart/xml-content.js';
export { isAtomic, isDescendant } from './chart/chart.js';
export type { Chart, DataNode, InvokeNode, StateKind, StateNode, TransitionNode } from './chart/chart.js';
export type * from './chart/content.js';
export { excerpt } from './chart/excerpt.js';
export { blocksOf, chartsOf, sendsOf, stepsOf } from './chart/walk.js';
