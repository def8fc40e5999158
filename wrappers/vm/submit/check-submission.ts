import type { Element } from '@xmldom/xmldom';
import { basename, dirname } from 'node:path';
import { byPlace } from '../../../core/xml/index.js';
import { AttituneError } from '../../../core/model/errors.js';
import type { ErrorCode } from '../../../core/model/errors.js';
import {
  attributeAt,
  childElements,
  domainOf,
  elementAt,
  elementPlace,
  parseDomainDocument,
  textAt,
} from '../../libvirt/domain-xml-document.js';
import { sizeInKiB } from '../../libvirt/domain-xml-units.js';
import { checkDomainName } from '../identity/index.js';
import { checkDocument } from './check-document.js';
import { checkImage } from './check-image.js';
import type { SubmissionFacts } from './submission.js';

const LARGEST_DISK = 16 * 1024 ** 4;
/** So many are told of one document. */
const MOST_PROBLEMS = 100;
/** Types that the writer turns into each other, as the host can. */
const CONVERTIBLE = ['kvm', 'qemu'];

/** Why a user's own machine is not taken: everything at once, the image first; empty where it is taken. */
export function checkSubmission(facts: SubmissionFacts): readonly AttituneError[] {
  const image = checkImage(facts.image, facts.host, facts.largestDiskBytes ?? LARGEST_DISK);
  let domain: Element;
  try {
    domain = domainOf(parseDomainDocument(facts.xml, facts.file));
  } catch (error) {
    return [...image, AttituneError.from(error, 'xml-malformed')];
  }
  const problems = [
    ...checkIdentity(domain, facts),
    ...checkSize(domain, facts),
    ...checkType(domain, facts),
    ...checkDisks(domain, facts),
    ...checkCards(domain, facts),
    ...checkDocument(domain, facts.file, facts.allow ?? new Set()),
  ];
  return [...image, ...shortened(problems.sort(byPlace), domain, facts.file)];
}

/** A document made to be wrong everywhere is told to be, without flooding who reads it. */
function shortened(problems: readonly AttituneError[], domain: Element, file: string): readonly AttituneError[] {
  if (problems.length <= MOST_PROBLEMS) return problems;
  const rest = `there are ${problems.length - MOST_PROBLEMS} more faults in this document. Correct the first ones.`;
  return [...problems.slice(0, MOST_PROBLEMS), teller(file, domain)('xml-element', rest)];
}

/** The disk of a document that stands for the submitted image: the first that is neither CD nor floppy. */
export function submittedDisk(domain: Element): Element | undefined {
  return disksOf(domain).find((disk) => (disk.getAttribute('device') ?? 'disk') === 'disk');
}

type Check = (domain: Element, facts: SubmissionFacts) => Generator<AttituneError>;

const checkIdentity: Check = function* (domain, { file, name, renewed, taken }) {
  const [nameElement, uuidElement] = [elementAt(domain, 'name'), elementAt(domain, 'uuid')];
  const chosen = name ?? nameElement?.textContent ?? '';
  const tell = teller(file, (name === undefined ? nameElement : undefined) ?? domain);
  if (name === undefined && !nameElement)
    yield tell('xml-element', 'the domain has no <name>. Add one, or tell a name.');
  else {
    try {
      checkDomainName(chosen);
    } catch (error) {
      yield tell('value', (error as AttituneError).message);
    }
    const host = taken.names.get(chosen);
    if (host !== undefined) yield tell('domain-exists', `${host} has a domain ${chosen} already. Choose another name.`);
  }
  const uuid = uuidElement?.textContent?.trim().toLowerCase();
  if (!uuidElement || uuid === undefined || renewed === true) return;
  if (!/^[0-9a-f]{8}(-?[0-9a-f]{4}){3}-?[0-9a-f]{12}$/.test(uuid)) {
    yield teller(file, uuidElement)('value', `"${uuid}" is no UUID. Remove it, and a new one is made.`);
  } else if (isTaken(taken.uuids, uuid)) {
    yield teller(file, uuidElement)(
      'domain-exists',
      `another domain has the UUID ${uuid}. Remove it, and a new one is made.`,
    );
  }
};

function isTaken(uuids: ReadonlySet<string>, uuid: string): boolean {
  const plain = (text: string) => text.replaceAll('-', '').toLowerCase();
  return [...uuids].some((other) => plain(other) === plain(uuid));
}

const checkSize: Check = function* (domain, { file, host }) {
  const memory = elementAt(domain, 'memory');
  if (!memory) yield teller(file, domain)('xml-element', 'the domain has no <memory>. Add one.');
  for (const element of ['memory', 'currentMemory', 'maxMemory'].flatMap((name) => childElements(domain, name))) {
    const tell = teller(file, element);
    try {
      const kiB = sizeInKiB(element);
      const text = `${Math.floor(kiB / 1024)} MiB of <${element.tagName}>`;
      if (kiB < 1024) yield tell('value', `less than 1 MiB of <${element.tagName}> is no machine.`);
      else if (kiB > host.memoryMiB * 1024)
        yield tell('no-capacity', `${text} are more than ${host.name} has: ${host.memoryMiB} MiB.`);
    } catch (error) {
      yield tell('value', (error as AttituneError).message);
    }
  }
  const vcpu = elementAt(domain, 'vcpu');
  if (!vcpu) return;
  const tell = teller(file, vcpu);
  const current = vcpu.getAttribute('current');
  const most = (vcpu.textContent ?? '').trim();
  for (const text of current === null ? [most] : [most, current.trim()]) {
    if (!/^\d+$/.test(text) || Number(text) < 1)
      yield tell('value', `"${text}" is no number of virtual CPUs: write 1 or more.`);
    else if (Number(text) > host.cpus)
      yield tell('no-capacity', `${text} virtual CPUs are more than the ${host.cpus} that ${host.name} has.`);
  }
  if (current !== null && Number(current) > Number(most))
    yield tell('value', `${current} of ${most} virtual CPUs cannot be on. Write no more than there are.`);
};

const checkType: Check = function* (domain, { file, host }) {
  const type = domain.getAttribute('type') ?? '';
  const runs = new Set(host.domainTypes);
  if (runs.has(type) || (CONVERTIBLE.includes(type) && CONVERTIBLE.some((other) => runs.has(other)))) return;
  const what = `a domain of type "${type}" cannot run on ${host.name}, which has: ${host.domainTypes.join(', ') || 'none'}.`;
  yield teller(file, domain)('value', what);
};

const checkDisks: Check = function* (domain, facts) {
  const { file, allow } = facts;
  const own = submittedDisk(domain);
  if (!own) {
    const what = 'the domain has no <disk> that the image could be. Add one to <devices>.';
    yield teller(file, domain)('xml-element', what);
  }
  const name = facts.name ?? textAt(domain, 'name') ?? '';
  for (const disk of disksOf(domain)) {
    const type = disk.getAttribute('type') ?? 'file';
    const path = attributeAt(disk, ['source'], 'file');
    if (disk === own || type !== 'file' || path === undefined || allow?.has('foreign-disk')) continue;
    if (isOwnVolume(path, name, facts)) continue;
    const message = `the disk ${path} is refused: besides the submitted image, only volumes of the storage pool that are named after the domain can be its disks. Remove it, or allow all such with --allow foreign-disk.`;
    yield teller(file, elementAt(disk, 'source') ?? disk)('not-permitted', message, { risk: 'foreign-disk' });
  }
};

/** Volumes belong to the domain that their name begins with, the longest where there are several: `web-swap.img` to `web`. */
function isOwnVolume(path: string, name: string, { host, taken }: SubmissionFacts): boolean {
  if (host.pool.path === undefined || dirname(path) !== host.pool.path) return false;
  const belongsTo = (domain: string) => ['.', '-'].some((mark) => basename(path).startsWith(`${domain}${mark}`));
  return belongsTo(name) && ![...taken.names.keys()].some((other) => other.length > name.length && belongsTo(other));
}

const checkCards: Check = function* (domain, { file, host, taken, renewed, network }) {
  const devices = elementAt(domain, 'devices');
  const seen = new Set<string>();
  for (const card of devices ? childElements(devices, 'interface') : []) {
    const mac = attributeAt(card, ['mac'], 'address')?.trim().toLowerCase();
    const tell = teller(file, elementAt(card, 'mac') ?? card);
    if (mac !== undefined && renewed !== true) {
      if (!/^[0-9a-f][02468ace](:[0-9a-f]{2}){5}$/.test(mac))
        yield tell('value', `"${mac}" is no address of a network card. Remove it, and a new one is made.`);
      else if (taken.macs.has(mac))
        yield tell('duplicate-name', `another domain has the MAC address ${mac}. Remove it, and a new one is made.`);
      else if (seen.has(mac)) yield tell('duplicate-name', `two cards of the domain have the MAC address ${mac}.`);
      seen.add(mac);
    }
    if (!network) yield* checkPlace(card, file, host);
  }
};

function* checkPlace(card: Element, file: string, host: SubmissionFacts['host']): Generator<AttituneError> {
  const kind = card.getAttribute('type') ?? '';
  if (kind !== 'bridge' && kind !== 'network') return;
  const tell = teller(file, elementAt(card, 'source') ?? card);
  const name = attributeAt(card, ['source'], kind);
  const found = host.networks.find((one) => one.kind === kind && one.name === name);
  const there = host.networks.filter((one) => one.kind === kind).map((one) => one.name);
  // a daemon does not know all bridges of its host
  if (found || (kind === 'bridge' && there.length === 0)) {
    if (found?.active === false) yield tell('value', `the ${kind} ${name} of ${host.name} is not active. Start it.`);
    return;
  }
  if (name === undefined) yield tell('xml-attribute', `the card names no ${kind}. Write <source ${kind}="…"/>.`);
  else
    yield tell('value', `${host.name} has no ${kind} ${JSON.stringify(name)}; it has: ${there.join(', ') || 'none'}.`);
}

function disksOf(domain: Element): readonly Element[] {
  const devices = elementAt(domain, 'devices');
  return devices ? childElements(devices, 'disk') : [];
}

function teller(file: string, element: Element) {
  return (code: ErrorCode, message: string, details: Readonly<Record<string, unknown>> = {}) =>
    new AttituneError(code, message, { place: elementPlace(element, file), details });
}
