import type { Element } from '@xmldom/xmldom';
import type { DomainDescription, NetworkDescription } from '../../../core/model/domain.js';
import {
  childElements,
  domainOf,
  elementAt,
  parseDomainDocument,
  serialise,
} from '../../libvirt/domain-xml-document.js';
import { ensure, remove } from '../../libvirt/domain-xml-editing.js';
import { readDomainXml } from '../../libvirt/domain-xml-reader.js';
import { submittedDisk } from './check-submission.js';
import { EMULATOR } from './document-rules.js';
import type { SubmissionFacts } from './submission.js';

/** What a submitted machine gets in place of what its document says. */
export interface SubmittedParts {
  /** Where its image is now. */
  readonly disk: { readonly path: string; readonly format: 'raw' | 'qcow2' };
  /** Called where the facts are `renewed` or the document has none. */
  readonly freshUuid: () => string;
  /** Called for each card where the facts are `renewed`, else for those without an address. */
  readonly freshMac: () => string;
  /** Where its cards are put; absent: where the document says. */
  readonly network?: Pick<NetworkDescription, 'bridge' | 'network'>;
  /** Of the new domain; those in the document are of another one, and are dropped. */
  readonly labels?: Readonly<Record<string, string>>;
}

/** What is defined for a submission in which `checkSubmission` found nothing wrong; all that was not changed is kept. */
export function submittedDomain(
  { xml, file, name, renewed = false }: Pick<SubmissionFacts, 'xml' | 'file' | 'name' | 'renewed'>,
  { disk, freshUuid, freshMac, network, labels }: SubmittedParts,
): DomainDescription {
  const document = parseDomainDocument(xml, file);
  const domain = domainOf(document);
  const own = submittedDisk(domain);
  if (own) putImage(own, disk);
  forgetOldHost(domain, renewed);
  const read = readDomainXml(serialise(document), file);
  const networks = read.networks?.map((card) => ({
    ...(network ?? (card.bridge === undefined ? { network: card.network as string } : { bridge: card.bridge })),
    mac: renewed || card.mac === '' ? freshMac() : card.mac,
  }));
  return {
    ...read,
    ...(name !== undefined && { name }),
    uuid: renewed ? freshUuid() : (read.uuid ?? freshUuid()),
    ...(networks && { networks }),
    labels: labels ?? {},
  };
}

function putImage(disk: Element, { path, format }: SubmittedParts['disk']): void {
  const source = ensure(disk, 'source');
  for (const { name } of [...source.attributes]) source.removeAttribute(name);
  for (const child of childElements(source)) remove(child);
  remove(elementAt(disk, 'backingStore'));
  disk.setAttribute('type', 'file');
  source.setAttribute('file', path);
  ensure(disk, 'driver').setAttribute('type', format);
}

/** What another host chose for itself: its emulator, and the names of its own ends of cards. */
function forgetOldHost(domain: Element, renewed: boolean): void {
  const devices = elementAt(domain, 'devices');
  if (!devices) return;
  const emulator = elementAt(devices, 'emulator');
  if (EMULATOR.test(emulator?.textContent?.trim() ?? '')) remove(emulator);
  for (const card of childElements(devices, 'interface')) {
    remove(elementAt(card, 'target'));
    if (renewed) remove(elementAt(card, 'mac'));
  }
}
