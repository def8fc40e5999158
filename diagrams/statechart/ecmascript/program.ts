import vm from 'node:vm';
import type { Chart } from '../chart/chart.js';
import type { Expression } from '../chart/content.js';
import { areContained } from './contained.js';
import { withoutSemicolon } from './syntax.js';

/** Names that the data model defines itself. */
export const SYSTEM_VARIABLES = ['_event', '_sessionid', '_name', '_ioprocessors', '_x', 'In'] as const;

/** A chart's expressions, compiled once and then run in the context of each session. */
export interface Program {
  readonly chart: Chart;
  /** Declares the variables and gives a list of functions, one per expression. */
  readonly main: vm.Script;
  /** By expression: true where it can be called without a watchdog, since it can neither loop nor call. */
  readonly quick: readonly boolean[];
  /** Expressions that must run in the global scope, so that what they declare stays. */
  readonly globals: ReadonlyMap<number, vm.Script>;
  readonly usesEvent: boolean;
  /** True where its sessions leave nothing behind in their context, so that they can share one. */
  readonly contained: boolean;
}

const IDENTIFIER = /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u;

/** How the last expression of the main script begins. */
const RESULT = '({functions:[';

/** Compiles the expressions of a chart for sessions that are given `names` besides the chart's own data. */
export function compileProgram(chart: Chart, names: readonly string[]): Program {
  const variables = new Set([...chart.data.map(({ id }) => id), ...names.filter((name) => isVariable(name))]);
  for (const name of SYSTEM_VARIABLES) variables.delete(name);
  const sources = chart.expressions.map(({ text }) => text);
  const guardAll = sources.some((source) => HIDDEN_CALLS.test(source));
  const globals = new Map<number, vm.Script>();
  for (const expression of chart.expressions) {
    if (!isGlobal(expression)) continue;
    const { line, column, file } = expression.place;
    globals.set(
      expression.index,
      new vm.Script(expression.text, { filename: file, lineOffset: line - 1, columnOffset: column - 1 }),
    );
  }
  const contained = areContained(chart.expressions, variables);
  const source = mainSource([...variables], redeclared(chart.expressions, variables), chart.expressions);
  return {
    chart,
    contained,
    // in a function what it declares is each session's own
    main: new vm.Script(contained ? inFunction(source) : source.join('\n'), { filename: chart.file }),
    quick: chart.expressions.map((expression) => !guardAll && isQuick(expression)),
    globals,
    usesEvent: sources.some((source) => /_event|globalThis|\\u/.test(source)),
  };
}

/** Names that were tried: each session brings the same ones. */
const tried = new Map<string, boolean>();

/** `this`, `new` and the like cannot be variables; `this` is bound as what it is. */
export function isVariable(name: string): boolean {
  const known = tried.get(name);
  if (known !== undefined) return known;
  const variable = IDENTIFIER.test(name) && compiles(`"use strict";let ${name}`);
  tried.set(name, variable);
  return variable;
}

function compiles(source: string): boolean {
  try {
    new vm.Script(source);
    return true;
  } catch {
    return false;
  }
}

function mainSource(
  variables: readonly string[],
  global: ReadonlySet<string>,
  expressions: readonly Expression[],
): readonly string[] {
  const setters = variables.map((name) => `${JSON.stringify(name)}:($v)=>{${name}=$v}`);
  const getters = variables.map((name) => `${JSON.stringify(name)}:()=>${name}`);
  return [
    `let _event${variables.map((name) => (global.has(name) ? '' : `,${name}`)).join('')};`,
    [...global].map((name) => `var ${name};`).join(''),
    'const {In,_sessionid,_name,_ioprocessors,_x}=$boot;',
    `${RESULT}${expressions.map(functionSource).join(',\n')}],`,
    `setEvent:($v)=>{_event=$v},getEvent:()=>_event,set:{__proto__:null,${setters.join(',')}},get:{__proto__:null,${getters.join(',')}}})`,
  ];
}

/** The same with its last expression as what the function returns. */
function inFunction(source: readonly string[]): string {
  const at = source.findIndex((line) => line.startsWith(RESULT));
  const [result = '', ...rest] = source.slice(at);
  return ['(()=>{', ...source.slice(0, at), `return ${result}`, ...rest, '})()'].join('\n');
}

/**
 * Variables that a global script declares again. A `let` would refuse that, so these become properties of the global
 * object, which take longer to read.
 */
function redeclared(expressions: readonly Expression[], variables: ReadonlySet<string>): ReadonlySet<string> {
  const scripts = expressions.filter(isGlobal).map(({ text }) => text);
  return new Set([...variables].filter((name) => scripts.some((text) => declares(text, name))));
}

function declares(script: string, name: string): boolean {
  const escaped = name.replace(/\$/g, '\\$&');
  return new RegExp(`(?:\\bvar\\s+|\\bfunction\\s+|,\\s*)${escaped}(?![\\p{ID_Continue}$])`, 'u').test(script);
}

/** Each on lines of its own, so that a comment at its end comments out nothing of ours. */
function functionSource(expression: Expression): string {
  const { text } = expression;
  if (isGlobal(expression)) return 'undefined';
  if (expression.fault !== undefined) return faultSource(expression);
  if (expression.use === 'value' || expression.use === 'reference')
    return `function(){return (\n${withoutSemicolon(text)}\n)}`;
  if (expression.use === 'script') return `function(){\n${text}\n}`;
  const probe = `function(){try{${text};return true}catch($e){return false}}`;
  return `{set:function($v){'use strict';(${text}\n)=$v},exists:${IDENTIFIER.test(text.trim()) ? probe : 'undefined'}}`;
}

function faultSource({ use, fault }: Expression): string {
  const thrower = `function(){throw new SyntaxError(${JSON.stringify(fault)})}`;
  return use === 'location' ? `{set:${thrower},exists:undefined}` : thrower;
}

/** A script that declares something runs as a global one: what it declares is for the whole diagram. */
function isGlobal({ use, text, fault }: Expression): boolean {
  if (fault !== undefined) return false;
  return use === 'global' || (use === 'script' && /^\s*(?:var|function)\b/m.test(text));
}

/** Ways by which something that looks like reading a variable can call a function. */
const HIDDEN_CALLS =
  /\b(?:get|set|valueOf|toString|toJSON|toPrimitive|Proxy|Reflect|Symbol|defineProperty|__define\w+|constructor)\b/;
const STRINGS = /'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"/g;
const SAFE_CALLS = /\b(?:In|Math\.\w+|Number|Boolean|isNaN|isFinite|parseInt|parseFloat)\s*\(/g;
const MAY_RUN_LONG =
  /[\p{ID_Continue}$)\]]\s*(?:\?\.)?\s*\(|\b(?:while|for|do|function|new|yield|await|class)\b|=>|`|\.\.\.|\\u/u;

function isQuick({ text, use }: Expression): boolean {
  if (use === 'global') return false;
  return !MAY_RUN_LONG.test(text.replace(STRINGS, "''").replace(SAFE_CALLS, '('));
}
