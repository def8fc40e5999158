/**
 * Pictures of diagrams: {@link drawDiagram} for statecharts, {@link drawDeployment} for deployments, as SVG that stands
 * alone or as source text for Graphviz and Mermaid. Both are turned into a scene of boxes and lines (`scene.ts`); every
 * box is laid out by itself with Graphviz, in WebAssembly (`layout/`), and the result written (`svg/`, `text-forms/`).
 */
export { drawDeployment } from './draw-deployment.js';
export { drawDiagram } from './draw-diagram.js';
export { DRAWING_FORMATS, drawingFormat } from './drawing-format.js';
export type { DrawingFormat } from './drawing-format.js';
