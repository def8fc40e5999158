/** Small changes of a domain's document that leave the rest of it, and its indentation, as they are. */
import type { Document, Element, Node } from '@xmldom/xmldom';
import { childElements, elementAt } from './domain-xml-document.js';

/** An element as data: its name, its attributes, and its text or children. */
export type Tree = readonly [
  name: string,
  attributes?: Readonly<Record<string, string | number>>,
  content?: string | number | readonly Tree[],
];

/** Where a new child belongs among its siblings, as libvirt orders them; what is not named comes last. */
const ORDER: Readonly<Record<string, readonly string[]>> = {
  domain:
    'name uuid genid title description metadata maxMemory memory currentMemory memoryBacking vcpu vcpus iothreads bootloader bootloader_args os features cpu clock on_poweroff on_reboot on_crash pm devices'.split(
      ' ',
    ),
  os: 'type loader nvram kernel initrd cmdline boot'.split(' '),
  devices: 'emulator disk controller filesystem interface parallel serial console channel'.split(' '),
  disk: 'driver source backingStore target'.split(' '),
  interface: 'mac source'.split(' '),
};

/** Adds an element where it belongs and gives it back. */
export function add(parent: Element, tree: Tree, namespace: string | null = null): Element {
  const element = build(parent, tree, namespace);
  const order = ORDER[parent.localName ?? ''] ?? [];
  const rank = (name: string | null) => (order.includes(name ?? '') ? order.indexOf(name ?? '') : order.length);
  const behind = order.includes(tree[0])
    ? childElements(parent).find((sibling) => rank(sibling.localName) > rank(element.localName))
    : undefined;
  place(parent, element, behind);
  return element;
}

/** Removes an element and the indentation before it. */
export function remove(element: Element | undefined): void {
  const parent = element?.parentNode;
  if (!element || !parent) return;
  const before = element.previousSibling;
  if (before && isBlank(before)) parent.removeChild(before);
  parent.removeChild(element);
  if ([...parent.childNodes].every(isBlank)) for (const node of [...parent.childNodes]) parent.removeChild(node);
}

/** Puts elements of one parent, which keep their places together, in this order. */
export function reorder(elements: readonly Element[]): void {
  const parent = elements[0]?.parentNode;
  if (!parent) return;
  const now = [...parent.childNodes].filter((node) => (elements as readonly Node[]).includes(node));
  if (now.every((node, index) => node === elements[index])) return;
  const places = now.map((node) => {
    const mark = (parent.ownerDocument as Document).createTextNode('');
    parent.replaceChild(mark, node);
    return mark;
  });
  places.forEach((mark, index) => parent.replaceChild(elements[index] as Element, mark));
}

/** The first child of that name, made where it is missing. */
export function ensure(parent: Element, name: string): Element {
  return elementAt(parent, name) ?? add(parent, [name]);
}

/** Gives the first child of that name this text and no other content; without a text it is removed. */
export function setText(parent: Element, name: string, text: string | number | undefined): void {
  if (text === undefined) remove(elementAt(parent, name));
  else ensure(parent, name).textContent = String(text);
}

export function setAttribute(element: Element, name: string, value: string | number | undefined): void {
  if (value === undefined) element.removeAttribute(name);
  else element.setAttribute(name, String(value));
}

function build(parent: Element, [name, attributes = {}, content]: Tree, namespace: string | null): Element {
  const document = parent.ownerDocument as Document;
  const element = document.createElementNS(namespace, name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith('xmlns:')) element.setAttributeNS('http://www.w3.org/2000/xmlns/', key, String(value));
    else element.setAttribute(key, String(value));
  }
  if (typeof content === 'object') {
    for (const child of content) element.appendChild(build(element, child, namespace));
  } else if (content !== undefined) element.appendChild(document.createTextNode(String(content)));
  return element;
}

function place(parent: Element, element: Element, behind: Element | undefined): void {
  const document = parent.ownerDocument as Document;
  const depth = depthOf(parent) + 1;
  indentChildren(element, depth);
  if (behind) {
    parent.insertBefore(element, behind);
    parent.insertBefore(document.createTextNode(indentation(depth)), behind);
    return;
  }
  const last = parent.lastChild;
  const closing = last && isBlank(last) ? last : document.createTextNode(indentation(depth - 1));
  if (closing !== last) parent.appendChild(closing);
  parent.insertBefore(document.createTextNode(indentation(depth)), closing);
  parent.insertBefore(element, closing);
}

function indentChildren(element: Element, depth: number): void {
  const children = [...element.childNodes].filter((node): node is Element => node.nodeType === 1);
  if (children.length === 0) return;
  const document = element.ownerDocument as Document;
  for (const child of children) {
    element.insertBefore(document.createTextNode(indentation(depth + 1)), child);
    indentChildren(child, depth + 1);
  }
  element.appendChild(document.createTextNode(indentation(depth)));
}

function indentation(depth: number): string {
  return `\n${'  '.repeat(depth)}`;
}

function depthOf(node: Node): number {
  const parent = node.parentNode;
  return parent && parent.nodeType === 1 ? depthOf(parent) + 1 : 0;
}

function isBlank(node: Node): boolean {
  return node.nodeType === 3 && (node.nodeValue ?? '').trim() === '';
}
