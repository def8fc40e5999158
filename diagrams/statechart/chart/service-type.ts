/** The type of an `<invoke>` that calls an operation. */
export const INVOKE_TYPE = 'attitune';

/** Event I/O processors (SCXML C.1, C.2), and ours: `<send type="attitune">` raises an event for the system. */
export const SCXML_PROCESSOR = 'http://www.w3.org/TR/scxml/#SCXMLEventProcessor';
export const HTTP_PROCESSOR = 'http://www.w3.org/TR/scxml/#BasicHTTPEventProcessor';
export const SYSTEM_PROCESSOR = 'attitune';

/** Names of the service that runs another SCXML document (SCXML 6.4.1). */
const SCXML_TYPES = ['scxml', 'http://www.w3.org/TR/scxml', 'http://www.w3.org/TR/scxml/'];

/** True where an `<invoke>` of that type starts another diagram; it is also the one that needs no type. */
export function invokesDiagram(type: string | undefined): boolean {
  return type === undefined || SCXML_TYPES.includes(type);
}
