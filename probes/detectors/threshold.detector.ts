import { injectable } from 'inversify';
import { AttituneError, type SourcePlace } from '../../core/model/errors.js';
import type { Detector, DetectorSample, DetectorStep, DetectorSubject } from '../../core/model/probe.js';
import { parseDurationMs } from '../../core/model/quantity.js';
import { formatLimit, parseLimit, scaleOf, type Scale } from './limit.js';
import { checkParameters, parseNamed } from './parameters.js';
import { checkSample } from './sample-check.js';

export interface ThresholdConfig {
  readonly direction: 'above' | 'below';
  readonly edge: number;
  /** The other edge of the hysteresis: reaching it re-arms the detector. */
  readonly clear: number;
  readonly holdMs: number;
  /** Absent: it fires once until it is re-armed. */
  readonly againMs?: number;
  readonly everyMs: number;
  readonly scale: Scale;
}

export interface ThresholdState {
  readonly armed: boolean;
  /** Since when every reading was beyond the edge, without a gap. */
  readonly since?: number;
  readonly firedAt?: number;
  readonly lastAt?: number;
}

/** What each direction means: beyond the edge, back at the clear edge, and on which side `clear` must lie. */
const DIRECTIONS = {
  above: {
    beyond: (value: number, edge: number) => value > edge,
    cleared: (value: number, clear: number) => value <= clear,
    clearSide: 'at most',
  },
  below: {
    beyond: (value: number, edge: number) => value < edge,
    cleared: (value: number, clear: number) => value >= clear,
    clearSide: 'at least',
  },
} as const;

/**
 * Fires when a reading has been beyond its edge for the whole hold time, without a gap; then not before it has been back
 * at the clear edge, except with `again`: then each so often, as long as readings stay beyond the edge.
 */
@injectable()
export class ThresholdDetector implements Detector<ThresholdConfig, ThresholdState> {
  readonly type = 'threshold';
  readonly description = 'Fires when a reading stays above (or below) a limit for the hold time, once until it clears.';

  configure(
    parameters: Readonly<Record<string, string>>,
    everyMs: number,
    place: SourcePlace,
    subject?: DetectorSubject,
  ): ThresholdConfig {
    checkParameters(
      this.type,
      parameters,
      { required: [], optional: ['above', 'below', 'clear', 'hold', 'again'] },
      place,
    );
    const { above, below, clear, hold = '0 s', again } = parameters;
    const text = above ?? below;
    if (text === undefined || (above !== undefined && below !== undefined)) {
      throw new AttituneError(
        'xml-attribute',
        'A threshold detector needs one of the attributes "above" and "below".',
        { place },
      );
    }
    const direction = above !== undefined ? 'above' : 'below';
    const scale = scaleOf(subject, text);
    const edge = parseLimit(direction, text, scale, place);
    const clearAt = clear === undefined ? edge : parseLimit('clear', clear, scale, place);
    if (direction === 'above' ? clearAt > edge : clearAt < edge) {
      const { clearSide } = DIRECTIONS[direction];
      throw new AttituneError(
        'value',
        `Attribute clear: "${clear}" must be ${clearSide} "${text}" (${direction}): it is where the alarm ends.`,
        { place },
      );
    }
    const againMs = again === undefined ? undefined : parseNamed('again', again, place, parseDurationMs);
    if (againMs === 0) {
      throw new AttituneError('value', 'Attribute again: "0" would fire at each reading; give a time such as "30 s".', {
        place,
      });
    }
    const holdMs = parseNamed('hold', hold, place, parseDurationMs);
    return { direction, edge, clear: clearAt, holdMs, everyMs, scale, ...(againMs === undefined ? {} : { againMs }) };
  }

  initial(): ThresholdState {
    return { armed: true };
  }

  step(state: ThresholdState, sample: DetectorSample, config: ThresholdConfig): DetectorStep<ThresholdState> {
    const { value, missedBefore } = checkSample(sample, state.lastAt, config.everyMs, config.scale);
    const { beyond, cleared } = DIRECTIONS[config.direction];
    // after the clock went back, it cannot have fired later than now
    const firedAt = state.firedAt === undefined ? {} : { firedAt: Math.min(state.firedAt, sample.at) };
    if (value === undefined) return { state: { armed: state.armed, ...firedAt, lastAt: sample.at } };
    if (!beyond(value, config.edge)) {
      return { state: { armed: state.armed || cleared(value, config.clear), ...firedAt, lastAt: sample.at } };
    }
    const since = missedBefore > 0 ? sample.at : (state.since ?? sample.at);
    const held = sample.at - since >= config.holdMs;
    const again = config.againMs !== undefined && sample.at - (firedAt.firedAt ?? -Infinity) >= config.againMs;
    if (!held || !(state.armed || again)) {
      return { state: { armed: state.armed, since, ...firedAt, lastAt: sample.at } };
    }
    return {
      state: { armed: false, since, firedAt: sample.at, lastAt: sample.at },
      fired: sentence(config, value, sample.at - since),
      since,
    };
  }
}

function sentence({ direction, edge, scale }: ThresholdConfig, value: number, heldMs: number): string {
  const held = heldMs === 0 ? '' : ` for ${Number((heldMs / 1000).toPrecision(3))} s`;
  return `${scale.label} ${direction} ${formatLimit(edge, scale)}${held}, last ${formatLimit(value, scale)}`;
}
