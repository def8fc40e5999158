import { injectable } from 'inversify';
import { AttituneError, type SourcePlace } from '../core/model/errors.js';
import type { Probe, ProbeInstance, ProbeTarget } from '../core/model/probe.js';
import { parseDurationMs } from '../core/model/quantity.js';
import { checkUrlParameters, urlOf } from './sources/component-url.js';

const DEFAULT_TIMEOUT = '5 s';
const HTTP_ERRORS_FROM = 400;

/** How long one HTTP request takes. A request that fails, or is answered by an error, has no latency: the reading is missing. */
@injectable()
export class HttpLatencyProbe implements Probe {
  readonly measure = 'http-latency';
  readonly description = 'Time until an HTTP GET is answered.';
  readonly unit = 'ms';
  /** What matters is how it answers over the network. */
  readonly central = true;
  readonly parameters = [
    {
      name: 'url',
      required: false,
      description: 'What to get; absent: made of the address of the component, port and path.',
    },
    { name: 'port', required: false, description: 'Default: the attribute "port" of the component, else 80.' },
    { name: 'path', required: false, description: 'Default: "/".' },
    {
      name: 'timeout',
      required: false,
      description: `After this long the request has failed. Default: "${DEFAULT_TIMEOUT}".`,
    },
  ];

  check(parameters: Readonly<Record<string, string>>, place: SourcePlace): void {
    checkUrlParameters(parameters, place);
    const { timeout } = parameters;
    if (timeout !== undefined) parseDurationMs(timeout, place);
  }

  attach(target: ProbeTarget): ProbeInstance {
    const timeoutMs = parseDurationMs(target.parameters['timeout'] ?? DEFAULT_TIMEOUT);
    return {
      read: async (signal) => {
        const url = urlOf(target);
        const response = await target.http.get(url, { timeoutMs, signal });
        if (response.status >= HTTP_ERRORS_FROM) {
          throw new AttituneError('operation-failed', `${url} was answered with status ${response.status}.`);
        }
        return response.elapsedMs;
      },
    };
  }
}
