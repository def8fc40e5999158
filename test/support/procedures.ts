import type { AdministrationEvent } from '../../core/model/administration.js';
import type { Diagram } from '../../core/model/diagram.js';
import type { SystemRepresentation } from '../../core/model/system-representation.js';
import { diagramOf } from './loop.js';

/** One step of a procedure: an operation, or an attribute that is set to the number of the step. */
export type Step =
  string | { readonly src: string; readonly params: Readonly<Record<string, string>> } | { readonly set: string };

/** A procedure of steps one after the other. No error is taken: what fails, fails the procedure. */
export function procedureOf(name: string, steps: readonly Step[]): Diagram {
  const states = steps.map((step, index) => {
    const next = index + 1 < steps.length ? `s${index + 1}` : 'end';
    if (typeof step === 'object' && 'set' in step) {
      const set = `<at:set xmlns:at="urn:attitune:diagram:1" path="${step.set}" expr="'${index}'"/>`;
      return `<state id="s${index}"><onentry>${set}</onentry><transition target="${next}"/></state>`;
    }
    const { src, params } = typeof step === 'string' ? { src: step, params: {} } : step;
    const given = Object.entries(params).map(([key, value]) => `<param name="${key}" expr="'${value}'"/>`);
    return `<state id="s${index}"><invoke id="i${index}" type="attitune" src="${src}">${given.join('')}</invoke>
      <transition event="done.invoke.i${index}" target="${next}"/></state>`;
  });
  return diagramOf(name, `${states.join('')}<final id="end"/>`);
}

export function bindStep(from: string, association: string, to: string, operation: 'bind' | 'unbind' = 'bind'): Step {
  return { src: `${from}.${operation}`, params: { association, to } };
}

export function eventOf(component: string, rest: Partial<AdministrationEvent> = {}): AdministrationEvent {
  return { id: 1, name: 'broken', component, at: 0, why: 'a test', ...rest };
}

/** What a representation holds, without what has no order of its own. */
export function stateOf(system: SystemRepresentation) {
  const { components, bindings } = system.snapshot(0);
  return {
    components: Object.fromEntries(
      components.map(({ name, state, node, attributes }) => [name, { state, node, attributes }]),
    ),
    bindings: bindings.map(({ name, from, to }) => `${from}.${name} → ${to}`).sort(),
  };
}
