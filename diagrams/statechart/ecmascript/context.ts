import { types } from 'node:util';
import vm from 'node:vm';
import { XmlContent } from '../chart/xml-content.js';
import { FACTORY } from '../persistence/decode-graph.js';
import type { ValueFactory } from '../persistence/decode-graph.js';
import { domScript } from './dom.js';
import type { DomFunctions } from './dom.js';
import type { EventView } from './event-view.js';

/** What the data model asks of a context; values that go in and come out of its functions belong to the context. */
export interface Realm {
  run(script: vm.Script, timeLimitMs?: number): unknown;
  /** Calls a function of the context under a watchdog. */
  guarded(call: (value: never) => unknown, self: unknown, value: unknown, timeLimitMs: number): unknown;
  /** Copies plain data, dates and {@link XmlContent} into the context. Functions and symbols become `undefined`. */
  copy(value: unknown): unknown;
  event(view: EventView): unknown;
  declare(name: string): void;
  /** Names that scripts and `<foreach>` declared in the global scope. */
  globals(): string[];
  global(name: string): unknown;
  setGlobal(name: string, value: unknown): void;
  readonly objectPrototype: object;
  /** Makes values of this context from a record. */
  factory(): Omit<ValueFactory, 'global'>;
  /** The DOM of this context; loaded when first asked for. */
  dom(): DomFunctions;
  /** The text of a DOM node; `undefined` for anything else. */
  xmlOf(value: unknown): string | undefined;
  /** False as long as no DOM node can exist. */
  readonly hasDom: boolean;
}

/** An entry of `_ioprocessors` (SCXML 5.10). */
export interface IoProcessor {
  readonly location: string;
}

export interface RealmHost {
  readonly sessionId: string;
  readonly name: string;
  readonly ioProcessors: Readonly<Record<string, IoProcessor>>;
  readonly isActive: (stateId: string) => boolean;
}

interface Boot {
  /** Makes `$boot`, what the main script of a session takes from its host. */
  readonly open: (host: RealmHost) => void;
  readonly copy: (value: unknown, depth: number) => unknown;
  readonly event: (view: EventView) => unknown;
  readonly declare: (name: string) => void;
  readonly box: { call: unknown; self: unknown; value: unknown };
  readonly objectPrototype: object;
}

/**
 * Runs first in each context: freezes what is built in, so that no diagram changes it under another expression's
 * feet, and makes the helpers that must create objects of the context itself. What objects and errors inherit stays
 * assignable on those that inherit it: a frozen prototype would forbid `this.name = …` in a class of the diagram.
 */
const BOOT = new vm.Script(`(function (host) {
  'use strict';
  function assignableBelow(prototype) {
    for (const name of Object.getOwnPropertyNames(prototype)) {
      const { value, writable } = Object.getOwnPropertyDescriptor(prototype, name);
      if (!writable) continue;
      Object.defineProperty(prototype, name, {
        get: () => value,
        set(changed) {
          if (this === prototype) throw new TypeError(name + ' is built in');
          Object.defineProperty(this, name, { value: changed, writable: true, enumerable: true, configurable: true });
        },
        enumerable: false, configurable: false,
      });
    }
  }
  assignableBelow(Object.prototype);
  assignableBelow(Error.prototype);
  for (const name of Object.getOwnPropertyNames(globalThis)) {
    const value = globalThis[name];
    if (value === globalThis || value === null || (typeof value !== 'object' && typeof value !== 'function')) continue;
    Object.freeze(value);
    if (value.prototype) Object.freeze(value.prototype);
  }
  function copy(value, depth) {
    if (value === null || typeof value !== 'object') {
      return typeof value === 'function' || typeof value === 'symbol' ? undefined : value;
    }
    if (depth > 64) throw new RangeError('the data is nested too deep');
    if (Array.isArray(value)) {
      const list = [];
      for (let index = 0; index < value.length; index += 1) list.push(copy(value[index], depth + 1));
      return list;
    }
    const special = host.special(value);
    if (special !== undefined) return special.time === undefined ? special.node : new Date(special.time);
    const object = {};
    for (const key of Object.keys(value)) if (key !== '__proto__') object[key] = copy(value[key], depth + 1);
    return object;
  }
  const event = (view) => {
    const shown = {
      name: view.name, type: view.type, sendid: view.sendid, origin: view.origin, origintype: view.origintype,
      invokeid: view.invokeid, data: copy(view.data, 0),
    };
    if (view.raw !== undefined) shown.raw = view.raw;
    return Object.freeze(shown);
  };
  const declare = (name) => { globalThis[name] = undefined; };
  const box = { call: undefined, self: undefined, value: undefined };
  const open = (session) => {
    const processors = {};
    for (const name of Object.keys(session.ioProcessors)) {
      processors[name] = Object.freeze({ location: session.ioProcessors[name].location });
    }
    globalThis.$boot = {
      In: Object.freeze((id) => session.isActive(String(id))), _sessionid: session.sessionId, _name: session.name,
      _x: Object.freeze({}), _ioprocessors: Object.freeze(processors), box,
    };
  };
  return { open, copy, event, declare, box, objectPrototype: Object.prototype };
})`);

const BOX = new vm.Script('const $call = (($box) => () => $box.call.call($box.self, $box.value))($boot.box)');
const CALL = new vm.Script('$call()');
const FORGET = new vm.Script('delete globalThis.$boot');

/** A context that is booted. */
interface Booted {
  readonly context: vm.Context;
  readonly globals: Record<string, unknown>;
  readonly boot: Boot;
  readonly loadDom: () => DomFunctions;
  readonly dom: () => DomFunctions | undefined;
}

/** Contexts that sessions share, by what they have in common. */
const shared = new WeakMap<object, Booted>();

/**
 * Makes the context of one session. Sessions with the same `sharing` have one in common, which is many times cheaper; that
 * is for those that leave nothing behind in it.
 */
export function prepareContext(given: RealmHost, sharing?: object): Realm {
  const known = sharing && shared.get(sharing);
  const booted = known ?? bootContext();
  if (sharing && !known) shared.set(sharing, booted);
  return realmOf(booted, given, known === undefined);
}

function bootContext(): Booted {
  const globals = Object.create(null) as Record<string, unknown>;
  const context = vm.createContext(globals, {
    codeGeneration: { strings: false, wasm: false },
    microtaskMode: 'afterEvaluate',
  });
  let dom: DomFunctions | undefined;
  const loadDom = () => (dom ??= domScript().runInContext(context) as DomFunctions);
  const special = (value: object): { readonly time?: number; readonly node?: object } | undefined => {
    if (value instanceof XmlContent) return { node: loadDom().parse(value.xml) };
    return types.isDate(value) ? { time: value.getTime() } : undefined;
  };
  const boot = (BOOT.runInContext(context) as (host: { readonly special: typeof special }) => Boot)({ special });
  return { context, globals, boot, loadDom, dom: () => dom };
}

/** `first`: nobody has used the context yet. */
function realmOf({ context, globals, boot, loadDom, dom }: Booted, given: RealmHost, first: boolean): Realm {
  boot.open(given);
  if (first) BOX.runInContext(context);
  let opened = false;
  return {
    run(script, timeLimitMs) {
      const value: unknown = script.runInContext(context, timeLimitMs === undefined ? {} : { timeout: timeLimitMs });
      if (!opened) FORGET.runInContext(context);
      opened = true;
      return value;
    },
    guarded(call, self, value, timeLimitMs) {
      Object.assign(boot.box, { call, self, value });
      return CALL.runInContext(context, { timeout: timeLimitMs }) as unknown;
    },
    copy: (value) => boot.copy(value, 0),
    event: boot.event,
    declare: boot.declare,
    globals: () => Object.keys(globals),
    global: (name) => globals[name],
    setGlobal: (name, value) => {
      globals[name] = value;
    },
    objectPrototype: boot.objectPrototype,
    factory: () => ({
      ...(FACTORY.runInContext(context) as Omit<ValueFactory, 'global' | 'xml' | 'step'>),
      xml: (text) => loadDom().parse(text),
      step: (node, steps) => loadDom().follow(node, steps),
    }),
    dom: loadDom,
    xmlOf: (value) => dom()?.serialise(value),
    get hasDom() {
      return dom() !== undefined;
    },
  };
}
