import { SystemClock } from '../../core/model/clock.js';
import type { Component } from '../../core/model/component.js';
import type { Association, ComponentClass, DeploymentDiagram } from '../../core/model/deployment.js';
import type { Executor } from '../../core/model/executor.js';
import type { HostAccess, Infrastructure } from '../../core/model/infrastructure.js';
import { SystemRepresentation } from '../../core/model/system-representation.js';
import type { OperationContext, Wrapper } from '../../core/model/wrapper.js';
import { UndiciHttpClient } from '../../wrappers/http/undici-http-client.js';
import { LocalExecutor } from '../../wrappers/language/executors/local.js';

const PLACE = { file: 'test', line: 1, column: 1 };

/** A deployment of the given classes on this machine as the one host `here`. */
export function localSystem(
  classes: readonly {
    readonly name: string;
    readonly wrapper: string;
    readonly attributes?: Readonly<Record<string, string>>;
  }[],
  associations: readonly Pick<Association, 'name' | 'from' | 'to'>[] = [],
  wrappers: readonly Wrapper[] = [],
  executor: Executor = new LocalExecutor({ node: 'here' }),
): {
  readonly system: SystemRepresentation;
  readonly infrastructure: Infrastructure;
  readonly close: () => Promise<void>;
} {
  const deployment: DeploymentDiagram = {
    name: 'test',
    file: '/test.deployment.xml',
    events: [],
    files: ['/test.deployment.xml'],
    hostFamilies: [
      {
        name: 'servers',
        hypervisor: 'libvirt',
        place: PLACE,
        hosts: [{ name: 'here', uri: 'test:///default', attributes: {}, place: PLACE }],
      },
    ],
    classes: classes.map(({ name, wrapper, attributes = {} }): ComponentClass => ({
      name,
      wrapper,
      hosts: 'servers',
      initial: 0,
      attributes,
      place: PLACE,
    })),
    associations: associations.map((association) => ({
      ...association,
      fromCardinality: { lower: 0, upper: Infinity },
      toCardinality: { lower: 0, upper: Infinity },
      place: PLACE,
    })),
    probes: [],
    constraints: [],
    diagrams: [],
    policies: [],
  };
  const http = new UndiciHttpClient();
  const here = { name: 'here', address: '127.0.0.1', executor, local: true } as unknown as HostAccess;
  const infrastructure = { kind: 'lab', clock: new SystemClock(), http, host: () => here } as unknown as Infrastructure;
  const defaults = (name: string) => attributeDefaults(wrappers.find((wrapper) => wrapper.name === name));
  return {
    system: new SystemRepresentation(deployment, () => false, defaults),
    infrastructure,
    close: () => http.close(),
  };
}

/** A new instance on the host. */
export function instance(system: SystemRepresentation, className: string): Component {
  const component = system.create(className);
  system.place(component, system.component('here'));
  return component;
}

function attributeDefaults(wrapper: Wrapper | undefined): Record<string, string> {
  const attributes = wrapper?.attributes ?? [];
  return Object.fromEntries(
    attributes.flatMap(({ name, defaultValue }) => (defaultValue === undefined ? [] : [[name, defaultValue]])),
  );
}

/** Calls operations of a component as the loop does. */
export function caller(
  system: SystemRepresentation,
  infrastructure: Infrastructure,
  component: Component,
  wrapper: Wrapper,
) {
  const reports: string[] = [];
  const call = (
    operation: string,
    parameters: Readonly<Record<string, string>> = {},
    signal: AbortSignal = new AbortController().signal,
  ) => {
    const context: OperationContext = {
      component,
      system,
      infrastructure,
      parameters,
      signal,
      report: (text) => reports.push(text),
    };
    return wrapper.invoke(operation, context);
  };
  return { call, reports };
}
