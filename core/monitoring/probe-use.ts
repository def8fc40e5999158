import type { DetectorUse, ProbeUse } from '../model/deployment.js';
import { AttituneError } from '../model/errors.js';
import type { AnyDetector, DetectorRegistry, DetectorSubject, Probe, ProbeRegistry } from '../model/probe.js';
import { suggest } from '../xml/suggest.js';

/** A probe of the deployment with its plug-ins found and its attributes read. */
export interface ResolvedProbeUse {
  readonly use: ProbeUse;
  readonly probe: Probe;
  /** Of its readings. */
  readonly unit: string;
  readonly detectors: readonly ResolvedDetectorUse[];
}

export interface ResolvedDetectorUse {
  readonly detector: AnyDetector;
  readonly config: unknown;
  readonly raise: string;
}

/**
 * Finds the plug-ins of a probe and reads its attributes. Pure: also what validates a file. Throws `unknown-measure`,
 * `unknown-detector`, `xml-attribute` or `value`, each with its place.
 */
export function resolveProbeUse(use: ProbeUse, probes: ProbeRegistry, detectors: DetectorRegistry): ResolvedProbeUse {
  const { place } = use;
  const probe = probes.get(use.measure);
  if (!probe) {
    const known = suggest(use.measure, probes.measures());
    throw new AttituneError('unknown-measure', `No probe measures "${use.measure}".${known}`, { place });
  }
  if (!(use.everyMs > 0)) {
    throw new AttituneError('value', `The period of probe ${use.name} must be above 0, such as "1 s".`, { place });
  }
  checkParameters(use, probe);
  probe.check?.(use.parameters, place);
  return {
    use,
    probe,
    unit: subjectOf(use, probe).unit,
    detectors: use.detectors.map((one) => resolveDetector(one, use, probe, detectors)),
  };
}

/** What the readings of a probe are of, for its detectors. */
export function subjectOf(use: ProbeUse, probe: Probe): DetectorSubject {
  const unit = probe.unitOf?.(use.parameters);
  return unit === undefined ? { measure: probe.measure, unit: probe.unit } : { measure: use.name, unit };
}

function resolveDetector(
  one: DetectorUse,
  use: ProbeUse,
  probe: Probe,
  detectors: DetectorRegistry,
): ResolvedDetectorUse {
  const detector = detectors.get(one.type);
  if (!detector) {
    const known = suggest(one.type, detectors.types());
    throw new AttituneError('unknown-detector', `No detector has the type "${one.type}".${known}`, {
      place: one.place,
    });
  }
  const config: unknown = detector.configure(one.parameters, use.everyMs, one.place, subjectOf(use, probe));
  return { detector, config, raise: one.raise };
}

function checkParameters(use: ProbeUse, probe: Probe): void {
  const names = probe.parameters.map((parameter) => parameter.name);
  for (const name of Object.keys(use.parameters)) {
    if (names.includes(name)) continue;
    const known = names.length === 0 ? ' It takes none of its own.' : suggest(name, names);
    throw new AttituneError('xml-attribute', `A probe of "${probe.measure}" has no attribute "${name}".${known}`, {
      place: use.place,
    });
  }
  for (const { name, required } of probe.parameters) {
    if (!required || use.parameters[name] !== undefined) continue;
    throw new AttituneError('xml-attribute', `A probe of "${probe.measure}" needs the attribute "${name}".`, {
      place: use.place,
    });
  }
}
