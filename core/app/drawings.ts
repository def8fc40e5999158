import { ScxmlEngine } from '../../diagrams/statechart/index.js';
import { drawDiagram } from '../../diagrams/drawing/index.js';

/** The SVG of a diagram's file. Rejects with an AggregateError of all that is wrong with it. */
export async function drawDiagramFile(file: string): Promise<string> {
  const { diagram, errors } = new ScxmlEngine().read(file);
  if (!diagram) throw new AggregateError(errors);
  return drawDiagram(diagram);
}

/** The same, each drawn once; one that failed is drawn anew, for its file may have been mended. */
export function cachedDrawings(): (file: string) => Promise<string> {
  const drawn = new Map<string, Promise<string>>();
  return (file) => {
    const known = drawn.get(file) ?? drawDiagramFile(file);
    drawn.set(file, known);
    known.catch(() => drawn.delete(file));
    return known;
  };
}
