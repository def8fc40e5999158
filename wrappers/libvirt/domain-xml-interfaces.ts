import type { Element } from '@xmldom/xmldom';
import type { NetworkDescription } from '../../core/model/domain.js';
import { attributeAt, childElements, elementAt } from './domain-xml-document.js';
import { add, ensure, remove, reorder } from './domain-xml-editing.js';
import { matchByKey } from './match-by-key.js';

/** The cards of a document that a description can say: those on a bridge of the host or a network of the hypervisor. */
export function coveredInterfaces(domain: Element): Element[] {
  const devices = elementAt(domain, 'devices');
  return (devices ? childElements(devices, 'interface') : []).filter((card) => {
    const type = card.getAttribute('type') ?? '';
    return (type === 'bridge' || type === 'network') && attributeAt(card, ['source'], type);
  });
}

/** What a description says of a card that {@link coveredInterfaces} gave. */
export function describeInterface(card: Element): NetworkDescription {
  const type = card.getAttribute('type') as 'bridge' | 'network';
  return {
    mac: attributeAt(card, ['mac'], 'address')?.toLowerCase() ?? '',
    [type]: attributeAt(card, ['source'], type) as string,
  };
}

/**
 * Brings the cards of a document to a description's: one with a MAC address that is there is that card, another takes
 * the place of the one at its position, what is left is added or removed.
 */
export function writeInterfaces(domain: Element, wanted: readonly NetworkDescription[], type: string): void {
  const found = coveredInterfaces(domain);
  const elements = matchByKey(
    wanted,
    found,
    ({ mac }) => mac.toLowerCase(),
    (card) => describeInterface(card).mac,
  );
  for (const element of found) if (!elements.includes(element)) remove(element);
  const written = wanted.map((card, index) => {
    const element = elements[index];
    return element ? changeInterface(element, card) : addInterface(ensure(domain, 'devices'), card, type);
  });
  reorder(written);
}

function changeInterface(element: Element, wanted: NetworkDescription): Element {
  const before = describeInterface(element);
  if (wanted.mac === '') remove(elementAt(element, 'mac'));
  else if (wanted.mac.toLowerCase() !== before.mac) ensure(element, 'mac').setAttribute('address', wanted.mac);
  if (wanted.bridge === before.bridge && wanted.network === before.network) return element;
  const [type, name] = placeOf(wanted);
  element.setAttribute('type', type);
  const source = ensure(element, 'source');
  for (const { name: attribute } of [...source.attributes]) source.removeAttribute(attribute);
  source.setAttribute(type, name);
  return element;
}

function addInterface(devices: Element, card: NetworkDescription, type: string): Element {
  const [kind, name] = placeOf(card);
  return add(devices, [
    'interface',
    { type: kind },
    [
      ...(card.mac === '' ? [] : ([['mac', { address: card.mac }]] as const)),
      ['source', { [kind]: name }],
      // Xen's own driver needs no model
      ...(type === 'xen' ? [] : ([['model', { type: 'virtio' }]] as const)),
    ],
  ]);
}

function placeOf({ bridge, network }: NetworkDescription): ['bridge' | 'network', string] {
  return bridge ? ['bridge', bridge] : ['network', network ?? ''];
}
