/**
 * Checks of a chart that go beyond what the standard asks of a document: states that cannot be reached or left, events
 * that nothing raises or hears, endless loops, names that nothing declares. Pure, and apart from reading, because a chart
 * that is legal SCXML must always be readable: {@link checkChart} is for files that somebody is about to rely on.
 */
import type { AttituneError } from '../../../core/model/errors.js';
import { byPlace } from '../../../core/xml/index.js';
import type { Chart } from '../chart/chart.js';
import { checkEvents } from './check-events.js';
import { checkNames } from './check-names.js';
import { checkReachability } from './check-reachability.js';
import { checkReferences } from './check-references.js';
import type { ChartUse } from './chart-use.js';
import { checkDeadEnds } from './dead-ends.js';
import { checkEndlessLoops } from './endless-loops.js';
import { invokesOf } from './invocations.js';
import { reachabilityOf } from './reachability.js';

export type { ChartUse } from './chart-use.js';
export { outcomeUses } from './outcome-uses.js';
export type { OutcomeUses } from './outcome-uses.js';

/** Of a document inside another nobody but the outer one knows what it hears. */
const ANY: ChartUse = { kind: 'any' };

/** All that is wrong with a chart, ordered by place. It never throws, and tells nothing that is merely unusual. */
export function checkChart(chart: Chart, use: ChartUse): AttituneError[] {
  const reach = reachabilityOf(chart);
  const errors = [
    ...checkReachability(chart, reach),
    ...checkDeadEnds(reach, use),
    ...checkEndlessLoops(chart, reach),
    ...checkEvents(chart, reach, use),
    ...checkReferences(chart),
    ...checkNames(chart),
    ...invokesOf(chart).flatMap(({ invoke }) => (invoke.content?.chart ? checkChart(invoke.content.chart, ANY) : [])),
  ];
  return withoutDoubles(errors).sort(byPlace);
}

/** Content that the reader keeps in two forms is told once. */
function withoutDoubles(errors: readonly AttituneError[]): AttituneError[] {
  const byText = new Map(
    errors.map((error) => [`${error.place?.line}:${error.place?.column} ${error.message}`, error]),
  );
  return [...byText.values()];
}
