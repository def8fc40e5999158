import { MemoryBus } from '../../../core/bus/memory-bus.js';
import { Monitor, type DetectedEvent, type ProbeTrouble } from '../../../core/monitoring/monitor.js';
import type { Reading } from '../../../core/model/administration.js';
import { SimulatedClock } from '../../../core/model/clock.js';
import { Component } from '../../../core/model/component.js';
import type { DetectorUse, ProbeUse } from '../../../core/model/deployment.js';
import type { AnyDetector, Probe, ProbeTarget } from '../../../core/model/probe.js';
import { ThresholdDetector } from '../../../probes/detectors/threshold.detector.js';
import { WatchdogDetector } from '../../../probes/detectors/watchdog.detector.js';
import { InstalledDetectors, InstalledProbes } from '../../../probes/registry.js';

export const place = { file: 'web.deployment.xml', line: 18, column: 3 };

/** Reads by component's name; the signal is the cut-off's. */
export type Reader = (component: string, signal: AbortSignal) => number | undefined | Promise<number | undefined>;

/** A monitor on a simulated clock with one probe, `fake`, and everything that comes out of it. */
export class MonitorBench {
  readonly clock = new SimulatedClock(1_000_000);
  readonly bus = new MemoryBus();
  readonly readings: Reading[] = [];
  readonly events: DetectedEvent[] = [];
  readonly troubles: ProbeTrouble[] = [];
  readonly monitor: Monitor;
  targets: ProbeTarget[] = [];
  attached = 0;
  read: Reader = () => 0.9;
  raise = (event: DetectedEvent): void => void this.events.push(event);

  constructor(detectors: readonly AnyDetector[] = [new WatchdogDetector(), new ThresholdDetector()]) {
    const fake: Probe = {
      measure: 'fake',
      description: 'what the test says',
      unit: 'ratio',
      parameters: [
        { name: 'device', required: false, description: '' },
        { name: 'address', required: true, description: '' },
      ],
      attach: (target) => {
        this.attached += 1;
        return { read: async (signal) => this.read(target.component.name, signal) };
      },
    };
    this.bus.subscribe('reading', (reading) => this.readings.push(reading));
    this.monitor = new Monitor({
      clock: this.clock,
      bus: this.bus,
      probes: new InstalledProbes([fake]),
      detectors: new InstalledDetectors(detectors),
      raise: (event) => this.raise(event),
      onTrouble: (trouble) => this.troubles.push(trouble),
    });
  }

  target(name: string): ProbeTarget {
    return {
      component: new Component({ name, className: 'servers', kind: 'host' }),
      host: () => {
        throw new TypeError('this probe asks no host');
      },
      domain: () => undefined,
      parameters: {},
      clock: this.clock,
      http: { get: () => Promise.reject(new TypeError('this probe asks nobody')) },
    };
  }

  use(detectors: readonly DetectorUse[] = [], parts: Partial<ProbeUse> = {}): ProbeUse {
    return {
      name: 'hostFake',
      measure: 'fake',
      of: 'servers',
      everyMs: 1000,
      parameters: { address: 'x' },
      detectors,
      place,
      ...parts,
    };
  }

  watch(detectors: readonly DetectorUse[] = [], parts: Partial<ProbeUse> = {}): void {
    this.monitor.watch(this.use(detectors, parts), () => this.targets);
  }

  /** Times of the readings of one component, from the start of the clock. */
  times(component: string): number[] {
    return this.readings.filter((reading) => reading.component === component).map((reading) => reading.at - 1_000_000);
  }
}

export function watchdog(points: number, raise = 'overloaded'): DetectorUse {
  return { type: 'watchdog', raise, parameters: { above: '80 %', points: String(points) }, place };
}
