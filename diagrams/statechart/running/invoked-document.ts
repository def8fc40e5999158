import { AttituneError } from '../../../core/model/errors.js';
import type { Chart } from '../chart/chart.js';
import { XmlContent } from '../chart/xml-content.js';
import { readChart } from '../reading/read-chart.js';
import type { ReadOptions } from '../reading/reader-context.js';
import { readSource } from '../reading/read-source.js';
import type { DocumentSource } from './session-host.js';

/**
 * The diagram that an `<invoke>` starts: the file of `src`, relative to the invoking document, the document inside
 * `<content>`, or the value of its expression. Throws the first thing that is wrong with it.
 */
export function invokedDocument({ node, src, content }: DocumentSource, parent: Chart, options: ReadOptions): Chart {
  if (src !== undefined) {
    const { file, text } = readSource(src, parent.file);
    return chartOf(text, file, options);
  }
  if (node.content?.chart) return node.content.chart;
  if (content instanceof XmlContent || typeof content === 'string') {
    return chartOf(content.toString(), parent.file, options);
  }
  throw new AttituneError('value', '<invoke> has no document to run.', { place: node.place });
}

function chartOf(text: string, file: string, options: ReadOptions): Chart {
  const { chart, errors } = readChart(text, file, options);
  if (chart) return chart;
  throw errors[0] ?? new AttituneError('internal', `"${file}" was not read.`);
}
