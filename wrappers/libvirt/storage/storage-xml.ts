/** libvirt's documents of pools and volumes (`https://libvirt.org/formatstorage.html`), both ways. */
import XMLBuilder from 'fast-xml-builder';
import { AttituneError } from '../../../core/model/errors.js';
import type { Volume, VolumeDescription } from '../../../core/model/storage.js';
import { attributeOf, childrenOf, parseXml, textOf } from '../../../core/xml/index.js';
import type { XmlElement } from '../../../core/xml/index.js';

const builder = new XMLBuilder({ ignoreAttributes: false, attributeNamePrefix: '@', format: true });

/** libvirt's default of 0.10 cannot hold zeros that hide what a backing volume has there, as growing may need. */
const QCOW2_COMPAT = '1.1';

/** The document of a pool that is a folder of the host. */
export function folderPoolXml(name: string, path: string): string {
  return builder.build({ pool: { '@type': 'dir', name, target: { path } } });
}

/** The document of a new volume. It takes room only as it is filled. */
export function volumeXml({ name, format, capacityBytes, backing }: VolumeDescription): string {
  return builder.build({
    volume: {
      name,
      capacity: { '@unit': 'bytes', '#text': capacityBytes },
      allocation: { '@unit': 'bytes', '#text': 0 },
      target: { format: { '@type': format }, ...(format === 'qcow2' && { compat: QCOW2_COMPAT }) },
      ...(backing && { backingStore: { path: backing.path, format: { '@type': backing.format } } }),
    },
  });
}

/** What a pool's document tells of it beyond its name and sizes. */
export function readPoolXml(xml: string): { readonly type: string; readonly path?: string } {
  const pool = read(xml, 'pool');
  const path = textAt(pool, 'target', 'path');
  return { type: attributeOf(pool, 'type') ?? '', ...(path && { path }) };
}

/** A volume of a pool from its document. libvirt writes sizes in bytes. */
export function readVolumeXml(pool: string, xml: string): Volume {
  const volume = read(xml, 'volume');
  const backing = textAt(volume, 'backingStore', 'path');
  return {
    name: textAt(volume, 'name') ?? '',
    pool,
    path: textAt(volume, 'target', 'path') ?? '',
    format: formatOf(volume, 'target'),
    capacityBytes: Number(textAt(volume, 'capacity') ?? 0),
    allocationBytes: Number(textAt(volume, 'allocation') ?? 0),
    ...(backing && { backing: { path: backing, format: formatOf(volume, 'backingStore') } }),
  };
}

function formatOf(volume: XmlElement, place: string): string {
  const format = at(volume, place, 'format');
  return (format && attributeOf(format, 'type')) ?? 'raw';
}

function read(xml: string, name: string): XmlElement {
  try {
    const root = parseXml(xml, `the document of the ${name}`);
    if (root.local === name) return root;
  } catch (error) {
    throw AttituneError.from(error, 'protocol');
  }
  throw new AttituneError('protocol', `The libvirt daemon sent a document that is no <${name}>.`);
}

function at(element: XmlElement, ...path: readonly string[]): XmlElement | undefined {
  return path.reduce<XmlElement | undefined>((here, name) => here && childrenOf(here, name)[0], element);
}

function textAt(element: XmlElement, ...path: readonly string[]): string | undefined {
  const found = at(element, ...path);
  return found && textOf(found);
}
