import type { Component } from '../../model/component.js';
import type { DeploymentDiagram } from '../../model/deployment.js';
import { AttituneError } from '../../model/errors.js';
import { parseDurationMs, parseMemoryMiB, parseRatio } from '../../model/quantity.js';
import type { RecentReadings } from '../monitoring/recent-readings.js';

/** What software is to keep to by its own readings: the limit of a detector of a probe of its class. */
export interface Objective {
  readonly probe: string;
  /** What it measures; users' own metrics go by the name of their probe. */
  readonly measure: string;
  /** Of its readings, in the probe's unit. */
  readonly limit: number;
  readonly staleAfterMs: number;
}

/** Readings older than this many periods of their probe decide nothing. */
const STALE_AFTER_PERIODS = 3;

/**
 * The objectives of the classes that run inside VMs: where a probe of such a class has a detector with `above`, that is
 * what its software is to stay below. Of several, the lowest: from there on somebody cares.
 */
export function objectivesOf({ classes, probes }: DeploymentDiagram): ReadonlyMap<string, readonly Objective[]> {
  const inside = new Set(classes.filter((one) => one.inside !== undefined).map(({ name }) => name));
  const objectives = new Map<string, Objective[]>();
  for (const probe of probes) {
    if (!inside.has(probe.of)) continue;
    const limits = probe.detectors
      .map(({ parameters }) => limitOf(parameters['above'] ?? ''))
      .filter((limit) => limit > 0);
    if (limits.length === 0) continue;
    const objective = {
      probe: probe.name,
      measure: probe.measure,
      limit: Math.min(...limits),
      staleAfterMs: STALE_AFTER_PERIODS * Math.max(1000, probe.everyMs),
    };
    objectives.set(probe.of, [...(objectives.get(probe.of) ?? []), objective]);
  }
  return objectives;
}

/**
 * How far the software inside a VM is from its objectives, the worst of it: 1 is just at one, 1.5 half as much above it.
 * `undefined` where nothing inside has an objective and a fresh reading.
 */
export function strainOf(
  vm: Component,
  objectives: ReadonlyMap<string, readonly Objective[]>,
  readings: RecentReadings,
  now: number,
): number | undefined {
  let worst: number | undefined;
  for (const software of vm.content) {
    for (const { probe, measure, limit, staleAfterMs } of objectives.get(software.className) ?? []) {
      const value = [measure, probe]
        .map((name) => readings.value(software.name, name, now, staleAfterMs))
        .find((found) => found !== undefined);
      if (value !== undefined) worst = Math.max(worst ?? 0, value / limit);
    }
  }
  return worst;
}

/** A limit is written in its unit; NaN for what is none: that is told where the detector is read. */
function limitOf(text: string): number {
  for (const parse of [parseRatio, parseDurationMs, parseMemoryMiB]) {
    try {
      return parse(text);
    } catch (error) {
      if (!AttituneError.is(error, 'value')) throw error;
    }
  }
  return NaN;
}
