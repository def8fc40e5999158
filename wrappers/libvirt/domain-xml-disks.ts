import type { Element } from '@xmldom/xmldom';
import type { DiskDescription } from '../../core/model/domain.js';
import { AttituneError } from '../../core/model/errors.js';
import { attributeAt, childElements, elementAt } from './domain-xml-document.js';
import { add, ensure, remove, reorder } from './domain-xml-editing.js';
import { matchByKey } from './match-by-key.js';

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

const LETTERS = 'abcdefghijklmnopqrstuvwxyz';
/** How many disks a domain can have. */
export const MOST_DISKS = LETTERS.length;

/** Host caches of a disk. */
export type DiskCache = 'none' | 'writeback' | 'writethrough' | 'directsync' | 'unsafe';

/** How a new disk is connected: what its targets begin with, and its bus. */
const TARGETS = { xen: { prefix: 'xvd', bus: 'xen' }, other: { prefix: 'vd', bus: 'virtio' } } as const;

/**
 * Brings the disks of a document to a description's: one with a path that is there is that disk, another takes the
 * place of the one at its position, what is left is added or removed. Throws `value` where no target is free.
 */
export function writeDisks(
  domain: Element,
  wanted: readonly DiskDescription[],
  { type, diskCache = 'none' }: { readonly type: string; readonly diskCache?: DiskCache },
): void {
  const found = coveredDisks(domain);
  if (JSON.stringify(found.map(describeDisk)) === JSON.stringify(wanted)) return;
  const elements = matchByKey(wanted, found, ({ path }) => path, pathOf);
  for (const element of found) if (!elements.includes(element)) remove(element);
  const written = wanted.map((disk, index) => {
    const element = elements[index];
    return element ? changeDisk(element, disk) : addDisk(domain, disk, type, diskCache);
  });
  reorder(written);
}

function changeDisk(element: Element, wanted: DiskDescription): Element {
  const before = describeDisk(element);
  if (wanted.path !== before.path || wanted.format !== before.format) {
    const source = ensure(element, 'source');
    for (const { name } of [...source.attributes]) source.removeAttribute(name);
    const type = typeOf(wanted.path);
    element.setAttribute('type', type);
    source.setAttribute(PATH_ATTRIBUTE[type] as string, wanted.path);
    ensure(element, 'driver').setAttribute('type', wanted.format);
    // what the image before was an overlay on
    remove(elementAt(element, 'backingStore'));
  }
  if (wanted.readOnly && !before.readOnly) for (const name of ['readonly', 'shareable']) ensure(element, name);
  if (!wanted.readOnly && before.readOnly) {
    for (const name of ['readonly', 'shareable']) remove(elementAt(element, name));
    if (READ_ONLY_DEVICES.has(element.getAttribute('device') ?? '')) element.setAttribute('device', 'disk');
  }
  return element;
}

function addDisk(domain: Element, disk: DiskDescription, type: string, cache: DiskCache): Element {
  const { prefix, bus } = type === 'xen' ? TARGETS.xen : TARGETS.other;
  const devices = ensure(domain, 'devices');
  const taken = childElements(devices, 'disk').map((one) => attributeAt(one, ['target'], 'dev'));
  const dev = Array.from(LETTERS, (letter) => `${prefix}${letter}`).find((name) => !taken.includes(name));
  if (dev === undefined) throw new AttituneError('value', `The disk ${disk.path} is one too many: no target is free.`);
  const driver = type === 'xen' ? {} : { name: 'qemu', cache };
  return add(devices, [
    'disk',
    { type: typeOf(disk.path), device: 'disk' },
    [
      ['driver', { ...driver, type: disk.format }],
      ['source', { [PATH_ATTRIBUTE[typeOf(disk.path)] as string]: disk.path }],
      ['target', { dev, bus }],
      ...(disk.readOnly ? ([['readonly'], ['shareable']] as const) : []),
    ],
  ]);
}

function typeOf(path: string): string {
  return path.startsWith('/dev/') ? 'block' : 'file';
}
