import { injectable } from 'inversify';
import type { SourcePlace } from '../../core/model/errors.js';
import type { Detector, DetectorSample, DetectorStep, DetectorSubject } from '../../core/model/probe.js';
import { parseInteger } from '../../core/model/quantity.js';
import { formatLimit, parseLimit, scaleOf, type Scale } from './limit.js';
import { checkParameters, parseNamed } from './parameters.js';
import { checkSample } from './sample-check.js';

export interface WatchdogConfig {
  readonly above: number;
  readonly points: number;
  readonly everyMs: number;
  readonly scale: Scale;
}

export interface WatchdogState {
  readonly points: number;
  /** Since the points left 0: when that was, readings due since then, and those above the limit. */
  readonly since?: number;
  readonly due: number;
  readonly above: number;
  /** Readings that are missing in a row, up to now. */
  readonly missing: number;
  readonly lastAt?: number;
}

/** So many missing readings in a row, and what was seen before says nothing any more. */
const FORGET_AFTER = 3;

const DEFAULT_POINTS = '5';

const NO_POINTS = { points: 0, due: 0, above: 0 } as const;

/**
 * The watchdog of "Xen and the Art of Distributed Virtual Machine Management": a point for each period above the limit,
 * one off for each at or below it, never under 0. It fires when the points reach their limit and counts from 0 again,
 * so that it fires again while the overload lasts.
 */
@injectable()
export class WatchdogDetector implements Detector<WatchdogConfig, WatchdogState> {
  readonly type = 'watchdog';
  readonly description =
    'Fires at `points` points: one for each reading above the limit, one off for each at or below it.';

  configure(
    parameters: Readonly<Record<string, string>>,
    everyMs: number,
    place: SourcePlace,
    subject?: DetectorSubject,
  ): WatchdogConfig {
    checkParameters(this.type, parameters, { required: ['above'], optional: ['points'] }, place);
    const { above = '', points = DEFAULT_POINTS } = parameters;
    const scale = scaleOf(subject, above);
    return {
      above: parseLimit('above', above, scale, place),
      points: parseNamed('points', points, place, (text) => parseInteger(text, place, { min: 1 })),
      everyMs,
      scale,
    };
  }

  initial(): WatchdogState {
    return { ...NO_POINTS, missing: 0 };
  }

  step(state: WatchdogState, sample: DetectorSample, config: WatchdogConfig): DetectorStep<WatchdogState> {
    const { value, missedBefore, backwards } = checkSample(sample, state.lastAt, config.everyMs, config.scale);
    const missing = state.missing + missedBefore + (value === undefined ? 1 : 0);
    const kept = missing >= FORGET_AFTER ? NO_POINTS : evidence(state);
    // after the clock went back, the streak cannot have begun later than now
    const began = backwards && 'since' in kept ? { since: Math.min(kept.since, sample.at) } : {};
    const due = kept.points > 0 ? kept.due + missedBefore : 0;
    if (value === undefined) {
      const seen = kept.points > 0 ? due + 1 : 0;
      return { state: { ...kept, ...began, due: seen, missing, lastAt: sample.at } };
    }
    if (value <= config.above) return { state: { ...fewer(kept, due), missing: 0, lastAt: sample.at } };

    const since = 'since' in kept ? kept.since : sample.at;
    const next = { points: kept.points + 1, due: due + 1, above: kept.above + 1, since };
    if (next.points < config.points) return { state: { ...next, missing: 0, lastAt: sample.at } };
    const limit = formatLimit(config.above, config.scale);
    const share = next.due === 1 ? 'in the last reading' : `in ${next.above} of the last ${next.due} readings`;
    return {
      state: { ...NO_POINTS, missing: 0, lastAt: sample.at },
      fired: `${config.scale.label} above ${limit} ${share}, last ${formatLimit(value, config.scale)}`,
      since,
    };
  }
}

type Evidence = typeof NO_POINTS | { points: number; due: number; above: number; since: number };

function evidence({ points, due, above, since }: WatchdogState): Evidence {
  return points > 0 && since !== undefined ? { points, due, above, since } : NO_POINTS;
}

function fewer(kept: Evidence, due: number): Evidence {
  return kept.points > 1 && 'since' in kept ? { ...kept, points: kept.points - 1, due: due + 1 } : NO_POINTS;
}
