import type { Element } from '@xmldom/xmldom';
import type { NetworkDescription } from '../../core/model/domain.js';
import { attributeAt, childElements, elementAt } from './domain-xml-document.js';

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
