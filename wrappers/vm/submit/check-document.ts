import type { Element } from '@xmldom/xmldom';
import { AttituneError } from '../../../core/model/errors.js';
import { childElements, elementPlace, isElement } from '../../libvirt/domain-xml-document.js';
import { HARMLESS, REFUSED } from './document-rules.js';
import { RISKS } from './submission.js';
import type { Risk } from './submission.js';

/** Tables as regular expressions of whole paths. */
const refusals = REFUSED.map(({ paths, ...rule }) => ({ ...rule, patterns: paths.map(pattern) }));
const harmless = HARMLESS.map(pattern);

/** Namespaces that mean something to libvirt, under the prefix that the rules have for them; others are foreign. */
const LIBVIRT_NAMESPACE = /^http:\/\/libvirt\.org\/schemas\/domain\/(qemu|xen|bhyve|lxc)\//;

/** Attributes that decide what an element is. */
const KINDS = ['type', 'device'];

/** What of a document needs to be allowed first, and is not. */
export function checkDocument(domain: Element, file: string, allow: ReadonlySet<Risk>): readonly AttituneError[] {
  const refused = [...walk(domain, '', file)].filter(({ details }) => !allow.has(details['risk'] as Risk));
  const parts = childElements(domain, 'devices').flatMap((devices) => childElements(devices));
  return [...refused, ...[domain, ...parts].flatMap((element) => [...repeated(element, file)])];
}

/** Elements that may be there several times in one; of others it would not be sure which one counts. */
const SEVERAL: Readonly<Record<string, readonly string[]>> = {
  domain: ['seclabel', 'sysinfo'],
  redirfilter: ['usbdev'],
  graphics: ['listen', 'channel'],
  interface: ['ip', 'route'],
};

function* repeated(element: Element, file: string): Generator<AttituneError> {
  const seen = new Set<string | null>();
  for (const child of childElements(element)) {
    const name = child.localName;
    if (seen.has(name) && !SEVERAL[element.tagName]?.includes(name ?? '')) {
      const message = `<${child.tagName}> is there again: it is not sure which one counts. Keep one.`;
      yield new AttituneError('xml-element', message, { place: elementPlace(child, file) });
    }
    seen.add(name);
  }
}

/** `within`: the risk of an element around this one; what is in it and has no other risk belongs to it. */
function* walk(element: Element, path: string, file: string, within?: Risk): Generator<AttituneError> {
  const kind = KINDS.find(
    (name) => element.hasAttribute(name) && riskOf(`${path}@${name}`, element.getAttribute(name)),
  );
  for (const { name, value, prefix } of [...element.attributes]) {
    if (name === 'xmlns' || prefix === 'xmlns' || name === kind) continue;
    const unknown = known(path, name) ? undefined : 'unknown';
    const risk = riskOf(`${path}@${name}`, value) ?? (within ? undefined : unknown);
    if (risk && risk !== within) yield refusal(element, file, risk, name);
  }
  for (const child of [...element.childNodes].filter(isElement)) yield* enter(child, path, file, within);
}

function* enter(element: Element, above: string, file: string, within?: Risk): Generator<AttituneError> {
  const path = `${above}${above && '/'}${segmentOf(element)}`;
  const unknown = knownElement(path) ? undefined : 'unknown';
  const kinds = KINDS.map((name) => riskOf(`${path}@${name}`, element.getAttribute(name)));
  const own = riskOf(path, (element.textContent ?? '').trim()) ?? kinds.find((risk) => risk !== undefined);
  const risk = own ?? (within ? undefined : unknown);
  if (risk && risk !== within) yield refusal(element, file, risk);
  yield* walk(element, path, file, risk ?? within);
}

function riskOf(path: string, value: string | null): Risk | undefined {
  if (value === null) return undefined;
  return refusals.find(({ patterns, unless }) => patterns.some((one) => one.test(path)) && !unless?.test(value))?.risk;
}

/** An element is harmless where a line names it, or only its attributes. */
function knownElement(path: string): boolean {
  return harmless.some((one) => one.test(path)) || attributesNamed(path);
}

function known(path: string, attribute: string): boolean {
  if (harmless.some((one) => one.test(`${path}@${attribute}`))) return true;
  return path !== '' && !attributesNamed(path) && harmless.some((one) => one.test(path));
}

function attributesNamed(path: string): boolean {
  return ATTRIBUTE_OWNERS.some((one) => one.test(path));
}

const ATTRIBUTE_OWNERS = HARMLESS.flatMap((path) => {
  const at = path.indexOf('@');
  return at > 0 ? [pattern(path.slice(0, at))] : [];
});

function refusal(element: Element, file: string, risk: Risk, attribute?: string): AttituneError {
  const type = element.getAttribute('type');
  const tag = `<${element.tagName}${type === null ? '' : ` type="${type}"`}>`;
  const what =
    attribute === undefined ? tag : `${attribute}="${element.getAttribute(attribute)}" of <${element.tagName}>`;
  const message = `${what} is refused: ${RISKS[risk]}. Remove it, or allow all such with --allow ${risk}.`;
  return new AttituneError('not-permitted', message, { place: elementPlace(element, file), details: { risk } });
}

function segmentOf(element: Element): string {
  const namespace = element.namespaceURI;
  const name = element.localName ?? element.tagName;
  const prefix = LIBVIRT_NAMESPACE.exec(namespace ?? '')?.[1] ?? 'foreign';
  const type = element.getAttribute('type');
  return `${namespace ? `${prefix}:` : ''}${name}${type === null ? '' : `[${type.replace(/[^\w-]/g, '?')}]`}`;
}

function pattern(path: string): RegExp {
  const [elements = '', attribute] = path.split('@');
  const segments = elements.split('/').map((segment) => {
    if (segment === '**') return undefined;
    const text = segment.replace(/[[\]?.]/g, '\\$&').replaceAll('*', '[^/@[]+');
    return segment.endsWith(']') || segment === '' ? text : `${text}(\\[[^/@]*\\])?`;
  });
  let source = '';
  segments.forEach((segment, index) => {
    const last = index === segments.length - 1;
    if (segment === undefined) source += last && attribute === undefined ? '(/[^@]+)*(@.+)?' : '(/[^/@]+)*';
    else source += `${index === 0 ? '' : '/'}${segment}`;
  });
  return new RegExp(`^${source}${attribute === undefined ? '' : `@${attribute}`}$`);
}
