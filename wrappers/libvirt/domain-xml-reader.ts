/** Reader of libvirt's domain documents (`https://libvirt.org/formatdomain.html`). */
import type { Element } from '@xmldom/xmldom';
import type { DirectBoot, DomainDescription, NetworkDescription } from '../../core/model/domain.js';
import { AttituneError } from '../../core/model/errors.js';
import { coveredDisks, describeDisk } from './domain-xml-disks.js';
import { attributeAt, childElements, domainOf, elementAt, elementPlace, textAt } from './domain-xml-document.js';
import { parseDomainDocument } from './domain-xml-document.js';
import { coveredInterfaces, describeInterface } from './domain-xml-interfaces.js';
import { readLabels } from './domain-xml-labels.js';
import { sizeInKiB } from './domain-xml-units.js';

/** CPU models of domains whose description names none, by the domain's type. */
export const DEFAULT_CPU: Readonly<Record<string, string>> = { kvm: 'host-model', qemu: 'qemu64' };

/**
 * The description that a domain's document tells; `document` holds the document itself, so that the writer keeps what
 * the description cannot say. Memory is in whole MiB, rounded down. A card's `mac` is empty where the document leaves
 * it to the hypervisor. Disks that are no file or block device in the format raw or qcow2, and cards that are on
 * neither a bridge nor a network, are in the document alone. `file` is what errors name.
 *
 * Throws `xml-malformed`, `xml-element` or `value` for what is not the document of a domain.
 */
export function readDomainXml(xml: string, file = 'domain.xml'): DomainDescription {
  const domain = domainOf(parseDomainDocument(xml, file));
  const { name, ...rest } = describeDomain(domain, file);
  if (name === '') throw missing(domain, 'name', file);
  if (!elementAt(domain, 'memory')) throw missing(domain, 'memory', file);
  return { name, ...rest, document: xml };
}

/** What a `<domain>` tells; a name or a memory that it lacks is empty or 1. */
export function describeDomain(domain: Element, file = 'domain.xml'): DomainDescription {
  const uuid = textAt(domain, 'uuid')?.trim();
  const networks = coveredInterfaces(domain).map(describeInterface);
  const log = consoleLogs(domain)[0];
  const labels = readLabels(domain);
  const cpuModel = cpuOf(domain);
  const boot = bootOf(domain);
  return {
    name: textAt(domain, 'name') ?? '',
    ...(uuid && { uuid }),
    ...placed(domain, 'memory', file, () => memoryOf(domain)),
    ...placed(domain, 'vcpu', file, () => processorsOf(domain)),
    disks: coveredDisks(domain).map(describeDisk),
    ...(boot && { boot }),
    ...(networks.length > 0 && { networks: networks satisfies readonly NetworkDescription[] }),
    ...(cpuModel !== undefined && { cpuModel }),
    ...(log && { consoleLog: log.getAttribute(logAttribute(log)) as string }),
    ...(Object.keys(labels).length > 0 && { labels }),
  };
}

/** The elements that name the file of the guest's first console: the serial port, and its double as a console. */
export function consoleLogs(domain: Element): Element[] {
  const devices = elementAt(domain, 'devices');
  if (!devices) return [];
  return ['serial', 'console'].flatMap((kind) => {
    const port = childElements(devices, kind)[0];
    const log = port && (port.getAttribute('type') === 'file' ? elementAt(port, 'source') : elementAt(port, 'log'));
    return log?.getAttribute(logAttribute(log)) ? [log] : [];
  });
}

export function logAttribute(log: Element): string {
  return log.localName === 'log' ? 'file' : 'path';
}

function memoryOf(domain: Element): { memoryMiB: number; maxMemoryMiB?: number } {
  const memory = elementAt(domain, 'memory');
  if (!memory) return { memoryMiB: 1 };
  const current = elementAt(domain, 'currentMemory');
  const maxMemoryMiB = wholeMiB(sizeInKiB(memory));
  const memoryMiB = Math.min(current ? wholeMiB(sizeInKiB(current)) : maxMemoryMiB, maxMemoryMiB);
  return { memoryMiB, ...(memoryMiB < maxMemoryMiB && { maxMemoryMiB }) };
}

function wholeMiB(kiB: number): number {
  return Math.max(1, Math.floor(kiB / 1024));
}

function processorsOf(domain: Element): { vcpus: number; maxVcpus?: number } {
  const element = elementAt(domain, 'vcpu');
  if (!element) return { vcpus: 1 };
  const maxVcpus = wholeNumber(element.textContent ?? '', '<vcpu>');
  const current = element.getAttribute('current');
  const vcpus = current === null ? maxVcpus : Math.min(wholeNumber(current, 'current of <vcpu>'), maxVcpus);
  return { vcpus, ...(vcpus < maxVcpus && { maxVcpus }) };
}

function wholeNumber(text: string, what: string): number {
  const number = Number(text.trim());
  if (/^\d+$/.test(text.trim()) && number >= 1 && Number.isSafeInteger(number)) return number;
  throw new AttituneError('value', `"${text.trim()}" is no number of virtual CPUs for ${what}: write 1 or more.`);
}

function bootOf(domain: Element): DirectBoot | undefined {
  const kernel = textAt(domain, 'os', 'kernel');
  if (!kernel) return undefined;
  return {
    kernel,
    initrd: textAt(domain, 'os', 'initrd') ?? '',
    commandLine: textAt(domain, 'os', 'cmdline') ?? '',
  };
}

function cpuOf(domain: Element): string | undefined {
  const mode = attributeAt(domain, ['cpu'], 'mode') ?? 'custom';
  const model = mode === 'custom' ? textAt(domain, 'cpu', 'model')?.trim() : mode;
  return model === '' || model === DEFAULT_CPU[domain.getAttribute('type') ?? ''] ? undefined : model;
}

/** Runs a reading; what it throws gets the place of the element that was read. */
function placed<T>(domain: Element, name: string, file: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!AttituneError.is(error) || error.place) throw error;
    const place = elementPlace(elementAt(domain, name) ?? domain, file);
    throw new AttituneError(error.code, error.message, { cause: error, place });
  }
}

function missing(domain: Element, name: string, file: string): AttituneError {
  const place = elementPlace(domain, file);
  return new AttituneError('xml-element', `the domain has no <${name}>. Add one.`, { place });
}
