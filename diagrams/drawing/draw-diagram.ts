import type { Diagram } from '../../core/model/diagram.js';
import { AttituneError } from '../../core/model/errors.js';
import { isScxmlDiagram } from '../statechart/index.js';
import { chartScene } from './charts/chart-scene.js';
import type { DrawingFormat } from './drawing-format.js';
import { layOut } from './layout/lay-out.js';
import { writeSvg } from './svg/write-svg.js';
import { writeDot } from './text-forms/write-dot.js';
import { writeMermaidStates } from './text-forms/write-mermaid-states.js';

/**
 * Draws a statechart. The SVG stands alone; in it, the group of a state has class `state`, id `state-ID` and
 * `data-state="ID"`; that of a transition class `transition`, id `transition-tN`, `data-transition="tN"`, `data-from`,
 * `data-to` and `data-event`. A page lights them by adding the class `active`.
 */
export async function drawDiagram(diagram: Diagram, format: DrawingFormat = 'svg'): Promise<string> {
  if (!isScxmlDiagram(diagram))
    throw new AttituneError('internal', `"${diagram.name}" is no statechart that can be drawn.`);
  const scene = chartScene(diagram.chart);
  if (format === 'dot') return writeDot(scene);
  return format === 'mmd' ? writeMermaidStates(scene) : writeSvg(await layOut(scene));
}
