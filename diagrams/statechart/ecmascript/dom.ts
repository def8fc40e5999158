import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import vm from 'node:vm';

/** In the order in which they need each other. */
const MODULES = ['conventions', 'errors', 'entities', 'grammar', 'dom', 'sax', 'dom-parser', 'index'];

/** Functions of a DOM that lives inside a context; all nodes belong to that context. */
export interface DomFunctions {
  readonly parse: (xml: string) => object;
  /** The text of a node, or `undefined` where the value is none. */
  readonly serialise: (value: unknown) => string | undefined;
  /** The document that a node belongs to and the way to it, as indexes of children; absent where it is not part of one. */
  readonly locate: (node: object) => { readonly document: object; readonly steps: readonly number[] } | undefined;
  /** The way back. */
  readonly follow: (document: object, steps: readonly number[]) => object | undefined;
}

let compiled: vm.Script | undefined;

/**
 * A script that evaluates to {@link DomFunctions} of the context that it runs in. The library itself is run in there,
 * since a node of the program's own would lead a diagram out of its context by `node.constructor.constructor`.
 */
export function domScript(): vm.Script {
  compiled ??= new vm.Script(domSource(), { filename: 'dom' });
  return compiled;
}

function domSource(): string {
  const folder = path.dirname(createRequire(import.meta.url).resolve('@xmldom/xmldom'));
  const modules = MODULES.map((name) => {
    const text = readFileSync(path.join(folder, `${name}.js`), 'utf8');
    return `{const module={exports:{}};(function(exports,module,require){${text}\n})(module.exports,module,require);modules['./${name}']=module.exports;}`;
  });
  return `(function(){'use strict';
const modules={};const require=(name)=>modules[name];
${modules.join('\n')}
const {DOMParser,XMLSerializer,Node}=modules['./index'];
const onError=(level,message)=>{if(level!=='warning')throw new SyntaxError(String(message).split('\\n')[0]);};
return {
  parse:(xml)=>new DOMParser({onError}).parseFromString(xml,'text/xml'),
  serialise:(value)=>value instanceof Node?new XMLSerializer().serializeToString(value):undefined,
  locate:(node)=>{
    const steps=[];
    let at=node;
    for(;at.parentNode;at=at.parentNode)steps.unshift(Array.prototype.indexOf.call(at.parentNode.childNodes,at));
    return at.nodeType===9?{document:at,steps}:undefined;
  },
  follow:(document,steps)=>{
    let at=document;
    for(const step of steps)at=at?.childNodes[step];
    return at??undefined;
  },
};})()`;
}
