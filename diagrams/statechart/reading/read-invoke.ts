import { attributeOf, checkElement, childrenOf, placeOf } from '../../../core/xml/index.js';
import type { XmlElement } from '../../../core/xml/index.js';
import type { Chart, InvokeNode } from '../chart/chart.js';
import type { Payload } from '../chart/content.js';
import { INVOKE_TYPE, invokesDiagram } from '../chart/service-type.js';
import { readBlock } from './read-content.js';
import { readContent, readParams, readPayload } from './read-payload.js';
import type { ReaderContext } from './reader-context.js';
import { SCXML_GRAMMAR, SCXML_NAMESPACE } from './scxml.grammar.js';

/** Reads the document inside a `<content>`. */
export type InnerReader = (element: XmlElement) => Chart | undefined;

/** Reads `<invoke>`: of an operation, or of a diagram. */
export function readInvoke(element: XmlElement, context: ReaderContext, readInner: InnerReader): InvokeNode {
  context.exclusive(element, 'id', 'idlocation');
  const type = context.either(element, 'type', 'typeexpr');
  const src = context.either(element, 'src', 'srcexpr');
  const content = childrenOf(element, 'content')[0];
  const operation = type === INVOKE_TYPE;
  if (operation) checkOperation(element, content, src, context);
  else if (typeof type !== 'object') checkDiagram(element, type, content, src, context);
  const finalize = childrenOf(element, 'finalize')[0];
  const inner = operation ? undefined : documentIn(content);
  return {
    type,
    id: attributeOf(element, 'id'),
    idLocation: context.attribute(element, 'idlocation', 'location'),
    src,
    params: readParams(element, context),
    content: content && { ...readContent(content, context), chart: inner && readInner(inner) },
    autoforward: attributeOf(element, 'autoforward') === 'true',
    finalize: finalize && readBlock(finalize, context),
    place: element.place,
  };
}

function checkOperation(
  element: XmlElement,
  content: XmlElement | undefined,
  src: InvokeNode['src'],
  context: ReaderContext,
): void {
  if (src === undefined || src === '') {
    const message = '<invoke> lacks the operation to call. Add src="path.operation", such as src="this.start".';
    context.fail('xml-attribute', message, element.place);
  }
  if (content) context.fail('xml-element', 'an operation takes no <content>. Use <param>.', content.place);
}

function checkDiagram(
  element: XmlElement,
  type: string | undefined,
  content: XmlElement | undefined,
  src: InvokeNode['src'],
  context: ReaderContext,
): void {
  if (!invokesDiagram(type)) {
    const message = `type="${type ?? ''}" is unknown. Write "${INVOKE_TYPE}", which calls an operation, or "scxml", which runs another diagram.`;
    context.fail('value', message, placeOf(element, 'type'));
  } else if (src !== undefined && content) {
    context.fail('xml-element', '<invoke> has both "src" and <content>. Keep one of them.', content.place);
  } else if (src === undefined && !content) {
    const message = `<invoke> lacks what to run. Add type="${INVOKE_TYPE}" and src="path.operation", or the src of a diagram.`;
    context.fail('xml-attribute', message, element.place);
  } else if (typeof src === 'string') {
    context.source(element, type === undefined ? ` To call an operation, write type="${INVOKE_TYPE}".` : '');
  }
}

/** The `<scxml>` in a `<content>`; what is wrong with it by the grammar is reported when it is read. */
function documentIn(content: XmlElement | undefined): XmlElement | undefined {
  return content?.children.find(
    (child): child is XmlElement =>
      child.kind === 'element' && child.local === SCXML_GRAMMAR.root && child.namespace === SCXML_NAMESPACE,
  );
}

/** Checks an inner document against the grammar, as the outer one was. */
export function checkInner(element: XmlElement, context: ReaderContext): void {
  context.errors.push(...checkElement(element, SCXML_GRAMMAR));
}

/** Reads the `<donedata>` of a final state. */
export function readDoneData(element: XmlElement, context: ReaderContext): Payload | undefined {
  const donedata = childrenOf(element, 'donedata')[0];
  return donedata && readPayload(donedata, context);
}
