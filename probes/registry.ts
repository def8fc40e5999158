import { injectable, multiInject } from 'inversify';
import type { AnyDetector, DetectorRegistry, Probe, ProbeRegistry } from '../core/model/probe.js';
import { AttituneError } from '../core/model/errors.js';
import * as Token from './tokens.js';

/** Probes by measure. Throws `duplicate-name` where two measure the same. */
@injectable()
export class InstalledProbes implements ProbeRegistry {
  readonly #probes: ReadonlyMap<string, Probe>;

  constructor(@multiInject(Token.Probe) probes: readonly Probe[]) {
    this.#probes = indexed('probe', probes, (probe) => probe.measure);
  }

  get(measure: string): Probe | undefined {
    return this.#probes.get(measure);
  }
  measures(): readonly string[] {
    return [...this.#probes.keys()].sort();
  }
}

/** Detectors by type. Throws `duplicate-name` where two have the same. */
@injectable()
export class InstalledDetectors implements DetectorRegistry {
  readonly #detectors: ReadonlyMap<string, AnyDetector>;

  constructor(@multiInject(Token.Detector) detectors: readonly AnyDetector[]) {
    this.#detectors = indexed('detector', detectors, (detector) => detector.type);
  }

  get(type: string): AnyDetector | undefined {
    return this.#detectors.get(type);
  }
  types(): readonly string[] {
    return [...this.#detectors.keys()].sort();
  }
}

function indexed<T>(what: string, items: readonly T[], nameOf: (item: T) => string): ReadonlyMap<string, T> {
  const index = new Map<string, T>();
  for (const item of items) {
    const name = nameOf(item);
    if (index.has(name))
      throw new AttituneError('duplicate-name', `Two ${what}s are installed under the name "${name}".`);
    index.set(name, item);
  }
  return index;
}
