import { injectable } from 'inversify';
import type { SourcePlace } from '../../core/model/errors.js';
import type { Detector, DetectorSample, DetectorStep, DetectorSubject } from '../../core/model/probe.js';
import { countReading, fired, K_OF_N_ATTRIBUTES, readKOfN, type KOfNConfig, type KOfNState } from './k-of-n.js';
import { formatLimit } from './limit.js';
import { checkParameters } from './parameters.js';

/**
 * Fires when `points` of the last `of` readings were beyond the limit, the last one among them, so that a single peak
 * raises nothing (Wood et al., NSDI 2007, section 4). Then not before fewer than `points` of them are beyond `clear`, or,
 * with `again`, each so often while it lasts.
 */
@injectable()
export class KOfNDetector implements Detector<KOfNConfig, KOfNState> {
  readonly type = 'k-of-n';
  readonly description =
    'Fires when `points` of the last `of` readings were above (or below) a limit, the last among them.';

  configure(
    parameters: Readonly<Record<string, string>>,
    everyMs: number,
    place: SourcePlace,
    subject?: DetectorSubject,
  ): KOfNConfig {
    checkParameters(this.type, parameters, { required: [], optional: K_OF_N_ATTRIBUTES }, place);
    return readKOfN(this.type, parameters, everyMs, place, subject);
  }

  initial(): KOfNState {
    return { armed: true, last: [] };
  }

  step(state: KOfNState, sample: DetectorSample, config: KOfNConfig): DetectorStep<KOfNState> {
    const { state: next, alarm, beyond, value, since } = countReading(state, sample, config);
    if (!alarm || value === undefined) return { state: next };
    const { scale, direction, edge } = config;
    const text = `${scale.label} ${direction} ${formatLimit(edge, scale)} in ${beyond} of the last ${next.last.length} readings, last ${formatLimit(value, scale)}`;
    return { state: fired(next, sample.at), fired: text, since };
  }
}
