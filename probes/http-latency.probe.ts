import { injectable } from 'inversify';
import type { Component } from '../core/model/component.js';
import { AttituneError, type SourcePlace } from '../core/model/errors.js';
import type { Probe, ProbeInstance, ProbeTarget } from '../core/model/probe.js';
import { parseDurationMs, parseInteger } from '../core/model/quantity.js';

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

  check({ url, port, path, timeout }: Readonly<Record<string, string>>, place: SourcePlace): void {
    if (url !== undefined && (port !== undefined || path !== undefined)) {
      throw new AttituneError('value', 'Give either url, or port and path: a URL has its own.', { place });
    }
    if (url !== undefined) checkUrl(url, place);
    if (port !== undefined) parsePort(port, place);
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

/** Asked at each reading: addresses come with the start of a component. */
function urlOf(target: ProbeTarget): string {
  const { url, port, path = '/' } = target.parameters;
  if (url !== undefined) {
    checkUrl(url);
    return url;
  }
  const number = parsePort(port ?? target.component.attributes.get('port') ?? '80');
  const address = addressOf(target);
  const authority = address.includes(':') ? `[${address}]` : address;
  return `http://${authority}:${number}${path.startsWith('/') ? path : `/${path}`}`;
}

function checkUrl(url: string, place?: SourcePlace): void {
  if (URL.canParse(url) && /^https?:/i.test(url)) return;
  throw new AttituneError('value', `Parameter url: "${url}" is not a URL such as "http://host1/index.html".`, {
    place,
  });
}

function parsePort(port: string, place?: SourcePlace): number {
  return parseInteger(port, place, { min: 1, max: 65535 });
}

/** The component's own address, else that of the VM or host around it. */
function addressOf(target: ProbeTarget): string {
  const { component } = target;
  const own = component.attributes.get('address') ?? nodeAddress(component);
  if (own !== undefined) return own;
  if (target.domain() === undefined) return target.host().address;
  throw new AttituneError(
    'unknown-attribute',
    `${component.name} has no address now; it gets one when its VM has started.`,
  );
}

function nodeAddress(component: Component): string | undefined {
  const nodes = [...component.parents].filter(
    (parent) => parent.kind !== 'software' && parent.attributes.has('address'),
  );
  return nodes[0]?.attributes.get('address');
}
