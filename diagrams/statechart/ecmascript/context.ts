import vm from 'node:vm';
import type { EventView } from './event-view.js';

/** What the data model asks of a context; values that go in and come out of its functions belong to the context. */
export interface Realm {
  run(script: vm.Script, timeLimitMs?: number): unknown;
  /** Calls a function of the context under a watchdog. */
  guarded(call: (value: never) => unknown, self: unknown, value: unknown, timeLimitMs: number): unknown;
  /** Copies plain data into the context. Functions and symbols become `undefined`. */
  copy(value: unknown): unknown;
  event(view: EventView): unknown;
  declare(name: string): void;
}

interface Boot {
  readonly copy: (value: unknown, depth: number) => unknown;
  readonly event: (view: EventView) => unknown;
  readonly declare: (name: string) => void;
  readonly box: { call: unknown; self: unknown; value: unknown };
}

/**
 * Runs first in each context: freezes what is built in, so that no diagram changes it under another expression's
 * feet, and makes the helpers that must create objects of the context itself.
 */
const BOOT = new vm.Script(`(function (host) {
  'use strict';
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
    const object = {};
    for (const key of Object.keys(value)) if (key !== '__proto__') object[key] = copy(value[key], depth + 1);
    return object;
  }
  const event = (view) => Object.freeze({
    name: view.name, type: view.type, sendid: view.sendid, origin: view.origin, origintype: view.origintype,
    invokeid: view.invokeid, data: copy(view.data, 0),
  });
  const declare = (name) => { globalThis[name] = undefined; };
  const box = { call: undefined, self: undefined, value: undefined };
  const processor = Object.freeze({ location: '#_scxml_' + host.sessionId });
  globalThis.$boot = {
    In: Object.freeze((id) => host.isActive(String(id))),
    _sessionid: host.sessionId, _name: host.name, _x: Object.freeze({}),
    _ioprocessors: Object.freeze({
      scxml: processor, 'http://www.w3.org/TR/scxml/#SCXMLEventProcessor': processor,
    }),
    box,
  };
  return { copy, event, declare, box };
})`);

const BOX = new vm.Script('const $call = (($box) => () => $box.call.call($box.self, $box.value))($boot.box)');
const CALL = new vm.Script('$call()');
const FORGET = new vm.Script('delete globalThis.$boot');

/** Makes the context of one session. */
export function prepareContext(host: {
  readonly sessionId: string;
  readonly name: string;
  readonly isActive: (stateId: string) => boolean;
}): Realm {
  const context = vm.createContext(Object.create(null) as object, {
    codeGeneration: { strings: false, wasm: false },
    microtaskMode: 'afterEvaluate',
  });
  const boot = (BOOT.runInContext(context) as (given: typeof host) => Boot)(host);
  BOX.runInContext(context);
  let booted = false;
  return {
    run(script, timeLimitMs) {
      const value: unknown = script.runInContext(context, timeLimitMs === undefined ? {} : { timeout: timeLimitMs });
      if (!booted) FORGET.runInContext(context);
      booted = true;
      return value;
    },
    guarded(call, self, value, timeLimitMs) {
      Object.assign(boot.box, { call, self, value });
      return CALL.runInContext(context, { timeout: timeLimitMs }) as unknown;
    },
    copy: (value) => boot.copy(value, 0),
    event: boot.event,
    declare: boot.declare,
  };
}
