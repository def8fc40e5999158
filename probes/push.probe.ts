import { inject, injectable } from 'inversify';
import type { PushedReadings } from '../core/intake/pushed-readings.js';
import { AttituneError, type SourcePlace } from '../core/model/errors.js';
import type { Probe, ProbeInstance, ProbeTarget } from '../core/model/probe.js';
import { parseDurationMs } from '../core/model/quantity.js';
import { checkDuration, checkUnit, UNIT_PARAMETER, unitOf } from './sources/own-metric.js';
import * as Token from './tokens.js';

const DEFAULT_STALE = '30 s';

/** What a program outside pushed last, of this component and under the probe's name. What is too old is no reading. */
@injectable()
export class PushProbe implements Probe {
  readonly measure = 'push';
  readonly description = "A number that a program pushes over HTTP to /metrics/COMPONENT/NAME; NAME is the probe's.";
  readonly unit = '';
  readonly unitOf = unitOf;
  readonly central = true;
  readonly parameters = [
    UNIT_PARAMETER,
    { name: 'stale', required: false, description: `What is older is no reading. Default: "${DEFAULT_STALE}".` },
  ];
  readonly #pushed: PushedReadings;

  constructor(@inject(Token.PushedReadings) pushed: PushedReadings) {
    this.#pushed = pushed;
  }

  check(parameters: Readonly<Record<string, string>>, place: SourcePlace): void {
    checkUnit(parameters, place);
    checkDuration('stale', parameters['stale'], place);
  }

  attach(target: ProbeTarget): ProbeInstance {
    const { component, clock, parameters, probe = '' } = target;
    const staleMs = parseDurationMs(parameters['stale'] ?? DEFAULT_STALE);
    return {
      // eslint-disable-next-line @typescript-eslint/require-await -- the contract is asynchronous
      read: async () => {
        const last = this.#pushed.get(component.name, probe);
        // before the first one nobody can say that it is late
        if (!last) return undefined;
        const ageMs = clock.now() - last.at;
        if (ageMs <= staleMs) return last.value;
        throw new AttituneError(
          'no-answer',
          `The last value that was pushed is ${Math.round(ageMs / 1000)} s old, and stale after ${staleMs / 1000} s.`,
        );
      },
    };
  }
}
