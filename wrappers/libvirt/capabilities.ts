/** Reader of libvirt's capabilities document (`https://libvirt.org/formatcaps.html`). */
import { AttituneError } from '../../core/model/errors.js';
import type { XmlElement } from '../../core/xml/index.js';
import { attributeOf, childrenOf, parseXml, textOf } from '../../core/xml/index.js';

export interface LibvirtCapabilities {
  readonly hostUuid: string;
  readonly architecture: string;
  /** Of guests of the host's architecture, fully virtualised ones where there are such, the fastest first. */
  readonly domainTypes: readonly string[];
}

/** Types that run on the hardware come first; all others keep libvirt's order. */
const PREFERRED = ['kvm', 'xen', 'hvf'];

/** Reads a capabilities document. Throws `protocol` where it is no such document. */
export function readCapabilities(xml: string): LibvirtCapabilities {
  const root = parse(xml);
  const host = childrenOf(root, 'host')[0];
  const architecture = host && textAt(host, 'cpu', 'arch');
  if (root.local !== 'capabilities' || !architecture) {
    throw new AttituneError('protocol', 'The libvirt daemon sent capabilities that name no architecture of the host.');
  }
  const guests = childrenOf(root, 'guest');
  const virtualised = guests.filter((guest) => textAt(guest, 'os_type') === 'hvm');
  // a Xen host without hardware virtualisation has paravirtual guests only
  const arches = (virtualised.length > 0 ? virtualised : guests).flatMap((guest) => childrenOf(guest, 'arch'));
  const native = arches.filter((arch) => attributeOf(arch, 'name') === architecture);
  return {
    hostUuid: textAt(host, 'uuid') ?? '',
    architecture,
    domainTypes: domainTypes(native.length > 0 ? native : arches),
  };
}

function domainTypes(arches: readonly XmlElement[]): string[] {
  const types = arches.flatMap((arch) => childrenOf(arch, 'domain')).map((domain) => attributeOf(domain, 'type') ?? '');
  const rank = (type: string) => (PREFERRED.includes(type) ? PREFERRED.indexOf(type) : PREFERRED.length);
  return [...new Set(types)].filter(Boolean).sort((a, b) => rank(a) - rank(b));
}

function parse(xml: string): XmlElement {
  try {
    return parseXml(xml, 'capabilities');
  } catch (error) {
    throw new AttituneError('protocol', 'The libvirt daemon sent capabilities that are not well-formed.', {
      cause: error,
    });
  }
}

function textAt(element: XmlElement, ...path: readonly string[]): string | undefined {
  let current: XmlElement | undefined = element;
  for (const name of path) current = current && childrenOf(current, name)[0];
  return current && textOf(current).trim();
}
