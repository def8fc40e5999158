import { attributeOf, childrenOf, placeOf } from '../../../core/xml/index.js';
import type { XmlElement } from '../../../core/xml/index.js';
import type { InvokeNode, Payload } from '../chart/content.js';
import { readBlock } from './read-content.js';
import { readParams, readPayload } from './read-payload.js';
import type { ReaderContext } from './reader-context.js';

/** The one kind of service that diagrams invoke: operations. */
export const INVOKE_TYPE = 'attitune';

/** Reads `<invoke type="attitune" src="…">`. */
export function readInvoke(element: XmlElement, context: ReaderContext): InvokeNode {
  const type = attributeOf(element, 'type');
  if (type !== INVOKE_TYPE) {
    const message = `<invoke> must have type="${INVOKE_TYPE}", which calls an operation${type ? `; "${type}" is unknown` : ''}.`;
    context.fail('value', message, placeOf(element, 'type'));
  }
  context.exclusive(element, 'id', 'idlocation');
  const src = context.either(element, 'src', 'srcexpr');
  if (src === undefined || src === '') {
    const message = '<invoke> lacks the operation to call. Add src="path.operation", such as src="this.start".';
    context.fail('xml-attribute', message, element.place);
  }
  const content = childrenOf(element, 'content')[0];
  if (content) context.fail('xml-element', 'an operation takes no <content>. Use <param>.', content.place);
  const finalize = childrenOf(element, 'finalize')[0];
  return {
    id: attributeOf(element, 'id'),
    idLocation: context.attribute(element, 'idlocation', 'location'),
    src,
    params: readParams(element, context),
    finalize: finalize && readBlock(finalize, context),
    place: element.place,
  };
}

/** Reads the `<donedata>` of a final state. */
export function readDoneData(element: XmlElement, context: ReaderContext): Payload | undefined {
  const donedata = childrenOf(element, 'donedata')[0];
  return donedata && readPayload(donedata, context);
}
