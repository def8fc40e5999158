import type { Component } from '../../core/model/component.js';
import { AttituneError, type SourcePlace } from '../../core/model/errors.js';
import type { ProbeTarget } from '../../core/model/probe.js';
import { parseInteger } from '../../core/model/quantity.js';

type Parameters = Readonly<Record<string, string>>;

/** Checks the parameters `url`, or `port` and `path`. Throws `value`. */
export function checkUrlParameters({ url, port, path }: Parameters, place: SourcePlace): void {
  if (url !== undefined && (port !== undefined || path !== undefined)) {
    throw new AttituneError('value', 'Give either url, or port and path: a URL has its own.', { place });
  }
  if (url !== undefined) checkUrl(url, 'url', place);
  if (port !== undefined) parsePort(port, place);
}

/** Of `url`, or of the component's address with `port` and `path`. Asked at each reading: addresses come with the start of a component. */
export function urlOf(target: ProbeTarget, defaultPath = '/'): string {
  const { url, port, path = defaultPath } = target.parameters;
  if (url !== undefined) {
    checkUrl(url, 'url');
    return url;
  }
  const number = parsePort(port ?? target.component.attributes.get('port') ?? '80');
  const address = addressOf(target);
  const authority = address.includes(':') ? `[${address}]` : address;
  return `http://${authority}:${number}${path.startsWith('/') ? path : `/${path}`}`;
}

/** Throws `value`. */
export function checkUrl(url: string, name: string, place?: SourcePlace): void {
  if (URL.canParse(url) && /^https?:/i.test(url)) return;
  throw new AttituneError('value', `Parameter ${name}: "${url}" is not a URL such as "http://host1/index.html".`, {
    place,
  });
}

/** The component's own address, else that of the VM or host around it. */
export function addressOf(target: ProbeTarget): string {
  const { component } = target;
  const own = component.attributes.get('address') ?? nodeAddress(component);
  if (own !== undefined) return own;
  if (target.domain() === undefined) return target.host().address;
  throw new AttituneError(
    'unknown-attribute',
    `${component.name} has no address now; it gets one when its VM has started.`,
  );
}

function parsePort(port: string, place?: SourcePlace): number {
  return parseInteger(port, place, { min: 1, max: 65535 });
}

function nodeAddress(component: Component): string | undefined {
  const nodes = [...component.parents].filter(
    (parent) => parent.kind !== 'software' && parent.attributes.has('address'),
  );
  return nodes[0]?.attributes.get('address');
}
