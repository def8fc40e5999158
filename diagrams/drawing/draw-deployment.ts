import type { DeploymentDiagram } from '../../core/model/deployment.js';
import { deploymentScene } from './deployments/deployment-scene.js';
import type { DrawingFormat } from './drawing-format.js';
import { layOut } from './layout/lay-out.js';
import { writeSvg } from './svg/write-svg.js';
import { writeDot } from './text-forms/write-dot.js';
import { writeMermaidFlowchart } from './text-forms/write-mermaid-flowchart.js';

/**
 * Draws a deployment diagram: host families with their hosts, in them the classes that run on them (a class that others
 * are inside, such as a VM, as a box around those), associations with their cardinalities, probes, and the diagrams that
 * their events start. Groups of the SVG carry `data-class`, `data-hosts`, `data-association`, `data-probe`,
 * `data-diagram` and `data-policy`.
 */
export async function drawDeployment(deployment: DeploymentDiagram, format: DrawingFormat = 'svg'): Promise<string> {
  const scene = deploymentScene(deployment);
  if (format === 'dot') return writeDot(scene);
  return format === 'mmd' ? writeMermaidFlowchart(scene) : writeSvg(await layOut(scene));
}
