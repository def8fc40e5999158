import type { Element } from '@xmldom/xmldom';
import type { DomainDescription } from '../../core/model/domain.js';
import { AttituneError } from '../../core/model/errors.js';
import { elementAt, isElement } from './domain-xml-document.js';
import { add, remove } from './domain-xml-editing.js';

const QEMU_NAMESPACE = 'http://libvirt.org/schemas/domain/qemu/1.0';
const MEMORY_ID = 'attitune.ram';
/** What {@link writeUnevenMemory} writes, one argument a line. */
const OURS =
  /^-object\nmemory-backend-ram,id=attitune\.ram,size=\d+\n-m\n\d+k\n-machine\nmemory-backend=attitune\.ram$/;
/** Memory that is laid out otherwise than as one block of its own. */
const OTHER_LAYOUTS = [
  ['maxMemory'],
  ['cpu', 'numa'],
  ...['hugepages', 'source', 'access'].map((name) => ['memoryBacking', name]),
];

/**
 * QEMU before 9.0 loses writes of a software-emulated guest while it migrates: where the size of its memory is a multiple
 * of 256 KiB (64 pages, one word of the dirty bitmap), reading that bitmap leaves the emulated TLB as it is, and writes
 * through it are not seen until it happens to be flushed (QEMU commit 03bfc2188f, "physmem: Fix migration dirty bitmap
 * coherency with TCG memory access"). 8 KiB more make it read the bitmap page by page, which does it right. libvirt counts
 * in MiB, so the memory is replaced on QEMU's command line; it is the guest's maximum, which a balloon may take from.
 *
 * Brings the document to `wanted`: our arguments are there, for this size, or they are not. Others' stay. Throws `value`
 * for memory that is not one plain block.
 */
export function writeUnevenMemory(domain: Element, after: DomainDescription, wanted: boolean): void {
  const { memoryMiB, maxMemoryMiB = memoryMiB } = after;
  const kiB = maxMemoryMiB * 1024 + 8;
  const memory = `memory-backend-ram,id=${MEMORY_ID},size=${kiB * 1024}`;
  const ours = ['-object', memory, '-m', `${kiB}k`, '-machine', `memory-backend=${MEMORY_ID}`];
  const found = ownArguments(domain);
  if (wanted && found.map(valueOf).join('\n') === ours.join('\n')) return;
  const holder = found[0]?.parentNode as Element | undefined;
  for (const argument of found) remove(argument);
  if (holder && holder.childNodes.length === 0) remove(holder);
  if (!wanted) return;
  const other = OTHER_LAYOUTS.find((path) => elementAt(domain, ...path));
  if (other) {
    const what = `The domain ${after.name} has <${other.join('>/<')}>: QEMU before 9 would lose writes of such an emulated guest when it migrates.`;
    throw new AttituneError('value', `${what} Remove it, or use a newer QEMU.`);
  }
  if (!domain.hasAttributeNS('http://www.w3.org/2000/xmlns/', 'qemu'))
    domain.setAttributeNS('http://www.w3.org/2000/xmlns/', 'xmlns:qemu', QEMU_NAMESPACE);
  const commandLine = qemuChildren(domain, 'commandline')[0] ?? add(domain, ['qemu:commandline'], QEMU_NAMESPACE);
  for (const value of ours) add(commandLine, ['qemu:arg', { value }], QEMU_NAMESPACE);
}

/** The arguments that we wrote earlier: each of the two that name our memory with the option before it, and the size. */
function ownArguments(domain: Element): Element[] {
  const all = qemuChildren(domain, 'commandline').flatMap((commandLine) => qemuChildren(commandLine, 'arg'));
  const first = all.findIndex((argument) => valueOf(argument).startsWith(`memory-backend-ram,id=${MEMORY_ID},`)) - 1;
  const found = first < 0 ? [] : all.slice(first, first + 6);
  return OURS.test(found.map(valueOf).join('\n')) ? found : [];
}

function valueOf(argument: Element): string {
  return argument.getAttribute('value') ?? '';
}

function qemuChildren(parent: Element, name: string): Element[] {
  return [...parent.childNodes].filter(
    (node): node is Element => isElement(node) && node.namespaceURI === QEMU_NAMESPACE && node.localName === name,
  );
}
