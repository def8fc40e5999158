import { injectable } from 'inversify';
import type { SourcePlace } from '../../core/model/errors.js';
import type { Detector, DetectorSample, DetectorStep, DetectorSubject } from '../../core/model/probe.js';
import { parseInteger } from '../../core/model/quantity.js';
import { FEWEST_TO_FORECAST, forecast } from '../../core/monitoring/forecast.js';
import { countReading, fired, K_OF_N_ATTRIBUTES, readKOfN, type KOfNConfig, type KOfNState } from './k-of-n.js';
import { formatLimit } from './limit.js';
import { checkParameters, parseNamed } from './parameters.js';

export interface ForecastConfig extends KOfNConfig {
  /** Readings that the prediction is made from. */
  readonly window: number;
}

export interface ForecastState extends KOfNState {
  /** Values of the window, oldest first. */
  readonly values: readonly number[];
}

const DEFAULT_WINDOW = '30';

/**
 * Sandpiper's hot-spot detector (Wood et al., NSDI 2007, section 4): fires when `points` of the last `of` readings were
 * beyond the limit and the next one is expected to be, too, by AR(1) over a window of readings; so what is passing raises
 * nothing. Hysteresis as `k-of-n`. Where too few readings are known to predict from, it does not fire.
 */
@injectable()
export class ForecastDetector implements Detector<ForecastConfig, ForecastState> {
  readonly type = 'forecast';
  readonly description =
    'Fires when `points` of the last `of` readings were above (or below) a limit and the next is expected to be, too.';

  configure(
    parameters: Readonly<Record<string, string>>,
    everyMs: number,
    place: SourcePlace,
    subject?: DetectorSubject,
  ): ForecastConfig {
    checkParameters(this.type, parameters, { required: [], optional: [...K_OF_N_ATTRIBUTES, 'window'] }, place);
    const common = readKOfN(this.type, parameters, everyMs, place, subject);
    const least = Math.max(FEWEST_TO_FORECAST, common.of);
    const window = parseNamed('window', parameters['window'] ?? DEFAULT_WINDOW, place, (text) =>
      parseInteger(text, place, { min: least, max: 10_000 }),
    );
    return { ...common, window };
  }

  initial(): ForecastState {
    return { armed: true, last: [], values: [] };
  }

  step(state: ForecastState, sample: DetectorSample, config: ForecastConfig): DetectorStep<ForecastState> {
    const { state: counted, alarm, beyond, value, since } = countReading(state, sample, config);
    // after a gap as long as what is counted, what was before says nothing of what comes
    const former = counted.last.length > 1 && counted.last.slice(0, -1).every((one) => one.value === undefined);
    const values = [...(former ? [] : state.values), ...(value === undefined ? [] : [value])].slice(-config.window);
    const next: ForecastState = { ...counted, values };
    if (!alarm || value === undefined) return { state: next };
    const { scale, direction, edge } = config;
    const predicted = forecast(values)?.next;
    if (predicted === undefined || (direction === 'above' ? predicted <= edge : predicted >= edge))
      return { state: next };
    const text = `${scale.label} ${direction} ${formatLimit(edge, scale)} in ${beyond} of the last ${next.last.length} readings, last ${formatLimit(value, scale)}, next about ${formatLimit(predicted, scale)}`;
    return { state: { ...fired(next, sample.at), values }, fired: text, since };
  }
}
