/**
 * Pictures of diagrams: {@link drawDiagram} for statecharts, {@link drawDeployment} for deployment diagrams. Graphviz
 * lays out, in WebAssembly; the SVG stands alone, and its groups carry the ids of what they show.
 */
export { drawDeployment } from './draw-deployment.js';
export { drawDiagram } from './draw-diagram.js';
