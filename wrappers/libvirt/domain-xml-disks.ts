import type { Element } from '@xmldom/xmldom';
import type { DiskDescription } from '../../core/model/domain.js';
import { attributeAt, childElements, elementAt } from './domain-xml-document.js';

/** Which attribute of `<source>` holds the path, by the type of the disk. */
const PATH_ATTRIBUTE: Readonly<Record<string, string>> = { file: 'file', block: 'dev' };
/** Devices that no guest can write to. */
const READ_ONLY_DEVICES = new Set(['cdrom']);

/** The disks of a document that a description can say: files and block devices in a format that it knows. */
export function coveredDisks(domain: Element): Element[] {
  const devices = elementAt(domain, 'devices');
  return (devices ? childElements(devices, 'disk') : []).filter(
    (disk) => pathOf(disk) !== undefined && ['raw', 'qcow2'].includes(formatOf(disk)),
  );
}

/** What a description says of a disk that {@link coveredDisks} gave. */
export function describeDisk(disk: Element): DiskDescription {
  const readOnly = READ_ONLY_DEVICES.has(disk.getAttribute('device') ?? '') || elementAt(disk, 'readonly');
  return {
    path: pathOf(disk) as string,
    format: formatOf(disk) as DiskDescription['format'],
    ...(readOnly && { readOnly: true }),
  };
}

function pathOf(disk: Element): string | undefined {
  const attribute = PATH_ATTRIBUTE[disk.getAttribute('type') ?? 'file'];
  return (attribute && attributeAt(disk, ['source'], attribute)) || undefined;
}

/** libvirt takes a disk that tells no format for raw: what a guest wrote must not decide it. */
function formatOf(disk: Element): string {
  return attributeAt(disk, ['driver'], 'type') ?? 'raw';
}
