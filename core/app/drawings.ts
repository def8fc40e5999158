import { readDeployment } from '../../diagrams/deployment/read-deployment.js';
import { drawDeployment, drawDiagram, type DrawingFormat } from '../../diagrams/drawing/index.js';
import { drawableMachine, isMachineDiagram } from '../../diagrams/machine/index.js';
import type { VariableSetting } from '../model/deployment.js';
import { DiagramEngines } from './diagram-engines.js';

/**
 * The picture of a diagram or, where its name ends so, of a deployment, whose variables `set` gives values. Rejects with an
 * AggregateError of all that is wrong with the file.
 */
export async function drawFile(
  file: string,
  format: DrawingFormat = 'svg',
  set: readonly VariableSetting[] = [],
): Promise<string> {
  if (file.endsWith('.deployment.xml')) {
    const { deployment, errors } = readDeployment(file, { set });
    if (!deployment) throw new AggregateError(errors);
    return drawDeployment(deployment, format);
  }
  const { diagram, errors } = new DiagramEngines().read(file);
  if (!diagram) throw new AggregateError(errors);
  return drawDiagram(isMachineDiagram(diagram) ? drawableMachine(diagram) : diagram, format);
}

/** The SVG of each file, drawn once; one that failed is drawn anew, for its file may have been mended. */
export function cachedDrawings(): (file: string) => Promise<string> {
  const drawn = new Map<string, Promise<string>>();
  return (file) => {
    const known = drawn.get(file) ?? drawFile(file);
    drawn.set(file, known);
    known.catch(() => drawn.delete(file));
    return known;
  };
}
