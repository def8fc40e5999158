import type { AttributeRule, ChildRule, ElementRule, Grammar } from '../../../core/xml/index.js';

export const SCXML_NAMESPACE = 'http://www.w3.org/2005/07/scxml';
export const DIAGRAM_NAMESPACE = 'urn:attitune:diagram:1';

const attributes = (...names: string[]): AttributeRule[] =>
  names.map((name) => (name.endsWith('!') ? { name: name.slice(0, -1), required: true } : { name }));
const children = (...names: string[]): ChildRule[] => names.map((name) => ({ name }));
const once = (name: string): ChildRule => ({ name, max: 1 });

const EXECUTABLE = children('raise', 'if', 'foreach', 'log', 'assign', 'script', 'send', 'cancel');
const block = (...more: ChildRule[]): ElementRule => ({ children: [...EXECUTABLE, ...more] });
const BOOLEAN = ['true', 'false'];

/** The elements of SCXML 1.0 (W3C Recommendation of 1 September 2015, chapters 3 to 6). */
export const SCXML_GRAMMAR: Grammar = {
  namespaces: [SCXML_NAMESPACE],
  root: 'scxml',
  elements: {
    scxml: {
      attributes: [
        ...attributes('initial', 'name'),
        { name: 'version', values: ['1.0'] },
        { name: 'datamodel', values: ['ecmascript', 'null'] },
        { name: 'binding', values: ['early', 'late'] },
      ],
      children: [...children('state', 'parallel', 'final', 'script'), once('datamodel')],
    },
    state: {
      attributes: attributes('id', 'initial'),
      children: [
        ...children('onentry', 'onexit', 'transition', 'state', 'parallel', 'final', 'history', 'invoke'),
        once('initial'),
        once('datamodel'),
      ],
    },
    parallel: {
      attributes: attributes('id'),
      children: [
        ...children('onentry', 'onexit', 'transition', 'state', 'parallel', 'history', 'invoke'),
        once('datamodel'),
      ],
    },
    final: { attributes: attributes('id'), children: [...children('onentry', 'onexit'), once('donedata')] },
    history: {
      attributes: [{ name: 'id' }, { name: 'type', values: ['shallow', 'deep'] }],
      children: [{ name: 'transition', rule: 'default', min: 1, max: 1 }],
    },
    initial: { children: [{ name: 'transition', rule: 'default', min: 1, max: 1 }] },
    default: { attributes: [{ name: 'target', required: true }, { name: 'type' }], children: EXECUTABLE },
    transition: {
      attributes: [...attributes('event', 'cond', 'target'), { name: 'type', values: ['internal', 'external'] }],
      children: EXECUTABLE,
    },
    onentry: block(),
    onexit: block(),
    finalize: block(),
    raise: { attributes: attributes('event!') },
    if: { attributes: attributes('cond!'), children: [...EXECUTABLE, { name: 'elseif' }, once('else')] },
    elseif: { attributes: attributes('cond!') },
    else: {},
    foreach: { attributes: attributes('array!', 'item!', 'index'), children: EXECUTABLE },
    log: { attributes: attributes('label', 'expr') },
    datamodel: { children: children('data') },
    data: { attributes: attributes('id!', 'src', 'expr'), open: true },
    assign: { attributes: attributes('location!', 'expr'), open: true },
    donedata: { children: [once('content'), { name: 'param' }] },
    content: { attributes: attributes('expr'), open: true },
    param: { attributes: attributes('name!', 'expr', 'location') },
    script: { attributes: attributes('src'), text: true },
    send: {
      attributes: attributes(
        ...['event', 'eventexpr', 'target', 'targetexpr', 'type', 'typeexpr'],
        ...['id', 'idlocation', 'delay', 'delayexpr', 'namelist'],
      ),
      children: [once('content'), { name: 'param' }],
    },
    cancel: { attributes: attributes('sendid', 'sendidexpr') },
    invoke: {
      attributes: [
        ...attributes('type', 'typeexpr', 'src', 'srcexpr', 'id', 'idlocation', 'namelist'),
        { name: 'autoforward', values: BOOLEAN },
      ],
      children: [...children('param'), once('finalize'), once('content')],
    },
  },
};

/** Elements of the namespace `urn:attitune:diagram:1`, which stand among executable content. */
export const DIAGRAM_ELEMENTS: Readonly<Record<string, readonly AttributeRule[]>> = {
  set: attributes('path!', 'expr!'),
};
