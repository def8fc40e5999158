import type { Component } from '../../model/component.js';
import { AttituneError } from '../../model/errors.js';
import type { SystemRepresentation } from '../../model/system-representation.js';
import { FENCED, isFenced, whereaboutsOf } from '../../model/whereabouts.js';
import { BINDING_PARAMETERS, rebind } from './binding-operations.js';
import type { Journal } from '../journal.js';
import type { Scope } from './scope.js';
import type { Transaction } from '../transaction/transaction.js';

/** What an operation of every component may use. */
export interface BuiltInGround {
  readonly system: SystemRepresentation;
  readonly journal: Journal;
  /** Now, in milliseconds since the epoch. */
  readonly at: number;
  readonly cause: number | undefined;
  /** What paths in parameters start from. */
  readonly scope: Scope;
  /** Where it is written down how to undo it. */
  readonly transaction?: Transaction | undefined;
}

interface BuiltIn {
  readonly description: string;
  readonly parameters: readonly string[];
  /** Those of them that a call must give. */
  readonly required?: readonly string[];
  /** True where it only looks. */
  readonly reads?: boolean;
  readonly run: (
    components: readonly Component[],
    parameters: Readonly<Record<string, string>>,
    ground: BuiltInGround,
  ) => unknown;
}

/** Operations that every component has, whatever wraps it; a wrapper's own of the same name wins. They change only the representation. */
export const BUILT_IN_OPERATIONS: Readonly<Record<string, BuiltIn>> = {
  list: {
    description: 'Tells what the path reaches, oldest first: a list of {name, class, state, node, host, attributes}.',
    parameters: [],
    reads: true,
    run: (components, _, { system }) => components.map((component) => described(component, system)),
  },
  place: {
    description:
      'Puts a stopped or failed component on the host of the parameter "to"; it starts there next. "fenced" = yes: the hosts that it may run on, and that do not answer, are surely off.',
    parameters: ['to', 'fenced'],
    run: (components, { to, fenced }, ground) => {
      for (const component of components) {
        if (fenced === 'yes') fence(component, ground);
        place(component, to, ground);
      }
      return { to, names: components.map(({ name }) => name) };
    },
  },
  fail: {
    description: 'Marks components as failed, for the reason of the parameter "why".',
    parameters: ['why'],
    run: (components, { why }, { journal, cause, transaction }) => {
      for (const component of components) {
        const { state, failure } = component.lifeCycle;
        transaction?.lifeCycle(component.name, state, failure, '');
        component.lifeCycle.enter('failed', why);
        journal.append(
          'component',
          component.name,
          `${component.name} counts as failed: ${why ?? 'a diagram says so'}`,
          {
            cause,
          },
        );
      }
      return { names: components.map(({ name }) => name) };
    },
  },
  stamp: {
    description: 'Writes the present time, in milliseconds since the epoch, into the attribute of the parameter.',
    parameters: ['attribute'],
    run: (components, { attribute }, { at, transaction }) => {
      if (!attribute) throw new AttituneError('value', 'stamp needs the parameter "attribute", the name of one.');
      for (const component of components) {
        transaction?.attribute(component.name, attribute, component.attributes.get(attribute));
        component.setAttribute(attribute, String(at));
      }
      return { at };
    },
  },
  bind: {
    description: 'Binds the interface of the parameter "association" to what the path "to" reaches.',
    parameters: BINDING_PARAMETERS,
    required: BINDING_PARAMETERS,
    run: (components, parameters, ground) => rebind('bind', components, parameters, ground),
  },
  unbind: {
    description: 'Takes the bindings of the interface "association" to what the path "to" reaches away.',
    parameters: BINDING_PARAMETERS,
    required: BINDING_PARAMETERS,
    run: (components, parameters, ground) => rebind('unbind', components, parameters, ground),
  },
};

/** Takes the administrator's word for it that the hosts that a component may be on are off, as far as they do not answer. */
function fence(component: Component, { system, journal, cause, transaction }: BuiltInGround): void {
  const names = [system.hostOf(component)?.name ?? '', ...whereaboutsOf(component)];
  for (const name of new Set(names)) {
    const host = system.has(name) ? system.component(name) : undefined;
    if (host?.lifeCycle.state !== 'failed' || isFenced(host)) continue;
    transaction?.attribute(name, FENCED.attribute, host.attributes.get(FENCED.attribute));
    host.setAttribute(FENCED.attribute, FENCED.value);
    journal.append('component', name, `${name} counts as fenced: what was on it may be started elsewhere`, { cause });
  }
}

function place(component: Component, to: string | undefined, ground: BuiltInGround): void {
  const { system, journal, cause } = ground;
  const { state } = component.lifeCycle;
  if (state !== 'stopped' && state !== 'failed') {
    throw new AttituneError(
      'illegal-life-cycle',
      `${component.name} is ${state}: stop it before it is placed elsewhere, or migrate it.`,
    );
  }
  const family = component.kind === 'host' ? undefined : system.classOf(component.className).hosts;
  const hosts = family === undefined ? [] : system.instances(family);
  const host = hosts.find(({ name }) => name === to);
  if (!host) {
    const known = hosts.map(({ name }) => name).join(', ') || 'none, for it runs inside another component';
    throw new AttituneError(
      'unknown-host',
      `${component.name} cannot be placed on "${to ?? ''}"; <param name="to" expr="…"/> must be one of its hosts: ${known}.`,
    );
  }
  const from = system.nodeOf(component)?.name;
  if (from === host.name) return;
  ground.transaction?.placed(component.name, from);
  system.place(component, host);
  const route = from === undefined ? `on ${host.name}` : `on ${host.name} instead of ${from}`;
  journal.append('component', component.name, `${component.name} is placed ${route}`, { cause });
}

function described(component: Component, system: SystemRepresentation): Readonly<Record<string, unknown>> {
  const [node, host] = [system.nodeOf(component), system.hostOf(component)];
  return {
    ...Object.fromEntries(component.attributes),
    name: component.name,
    class: component.className,
    state: component.lifeCycle.state,
    ...(node ? { node: node.name } : {}),
    ...(host ? { host: host.name } : {}),
  };
}
