import { resolve } from 'node:path';
import type {
  Association,
  ComponentClass,
  DeploymentDiagram,
  DiagramUse,
  HostEntry,
  HostFamily,
  InstanceEntry,
  OutsideEvent,
  PolicyUse,
  ProbeUse,
  VariableSetting,
} from '../../core/model/deployment.js';
import { AttituneError } from '../../core/model/errors.js';
import { parseBandwidthMiBps, parseCardinality, parseDurationMs, parseInteger } from '../../core/model/quantity.js';
import { attributeOf, childrenOf, placeOf, readTextFile, type XmlElement } from '../../core/xml/index.js';
import { Collector } from '../collect.js';
import { assemble } from './assemble.js';
import { checkDeployment } from './check-deployment.js';
import { constraintOf } from './constraints.js';
import { distancesOf } from './distances.js';
import { hostPower } from './host-power.js';
import { defaultUri } from './host-uri.js';
import { diagramFile } from './diagram-file.js';
import { migrationPolicy } from './migration-policy.js';
import { modeOf } from './modes.js';
import { namedValues } from './named-values.js';
import { peersUse } from './peers.js';

export interface DeploymentReading {
  /** Present where nothing was wrong. */
  readonly deployment?: DeploymentDiagram;
  readonly errors: readonly AttituneError[];
}

export interface DeploymentOptions {
  /** Values for its variables; of two for one variable the later one counts. */
  readonly set?: readonly VariableSetting[];
}

/**
 * Reads a `*.deployment.xml` with all that it includes. All that is wrong comes back at once, each with its place;
 * nothing is thrown.
 */
export function readDeployment(file: string, options: DeploymentOptions = {}): DeploymentReading {
  try {
    return parseDeployment(readTextFile(file), file, options);
  } catch (error) {
    return { errors: [AttituneError.from(error)] };
  }
}

/** The same for a text that was read already; `file` is for messages, and the base of relative sources. */
export function parseDeployment(text: string, file: string, options: DeploymentOptions = {}): DeploymentReading {
  const collector = new Collector();
  const assembly = assemble(text, file, options.set ?? [], collector);
  if (!assembly) return { errors: collector.sorted([file]) };
  const { root, files, variables } = assembly;
  const migration = migrationPolicy(root, collector);
  const peers = peersUse(root, collector);
  const hostFamilies = childrenOf(root, 'hosts').map((element) => hostFamily(element, collector));
  const distances = distancesOf(root, hostFamilies, collector);
  const deployment: DeploymentDiagram = {
    name: attributeOf(root, 'name') ?? '',
    file: resolve(file),
    files: files.map((one) => resolve(one)),
    hostFamilies,
    classes: childrenOf(root, 'component').map((element) => componentClass(element, collector)),
    associations: childrenOf(root, 'association').map((element) => association(element, collector)),
    probes: childrenOf(root, 'probe').map((element) => probe(element, collector)),
    constraints: childrenOf(root, 'constraint').map((element) => constraintOf(element, collector)),
    events: childrenOf(root, 'event').map((element) => outsideEvent(element)),
    diagrams: childrenOf(root, 'diagram').map((element) => diagramUse(element, collector)),
    policies: childrenOf(root, 'policy').map((element) => policyUse(element, collector)),
    ...(migration && { migration }),
    ...(peers && { peers }),
    ...(distances && { distances }),
  };
  checkDeployment(deployment, root, collector);
  const errors = collector.sorted(files).filter((error) => variables.isOwnFault(error));
  return errors.length === 0 ? { deployment, errors } : { errors };
}

function hostFamily(element: XmlElement, collector: Collector): HostFamily {
  const hypervisor = attributeOf(element, 'hypervisor') ?? '';
  const shared = attributes(element);
  return {
    name: attributeOf(element, 'family') ?? '',
    hypervisor,
    hosts: childrenOf(element, 'host').map((host) => {
      const name = attributeOf(host, 'name') ?? '';
      const own = { ...shared, ...attributes(host) };
      return {
        name,
        uri: attributeOf(host, 'uri') ?? defaultUri(hypervisor, name, own),
        attributes: own,
        ...hostPower(host, element, name, collector),
        ...locationOf(host, element),
        place: placeOf(host, 'name'),
      };
    }),
    place: placeOf(element, 'family'),
  };
}

function locationOf(host: XmlElement, family: XmlElement): Pick<HostEntry, 'site' | 'rack'> {
  const [site, rack] = ['site', 'rack'].map((name) => attributeOf(host, name) ?? attributeOf(family, name));
  return { ...(site === undefined ? {} : { site }), ...(rack === undefined ? {} : { rack }) };
}

function componentClass(element: XmlElement, collector: Collector): ComponentClass {
  const hosts = attributeOf(element, 'hosts');
  const inside = attributeOf(element, 'inside');
  const initial = collector.parsed<number | undefined>(
    element,
    'initial',
    (text, place) => parseInteger(text, place, { max: 100_000 }),
    undefined,
  );
  const instances = childrenOf(element, 'instance').map((child) => instance(child));
  return {
    name: attributeOf(element, 'class') ?? '',
    wrapper: attributeOf(element, 'wrapper') ?? '',
    ...(hosts === undefined ? {} : { hosts }),
    ...(inside === undefined ? {} : { inside }),
    ...(initial === undefined && instances.length === 0 ? {} : { initial: initial ?? instances.length }),
    ...(instances.length === 0 ? {} : { instances }),
    attributes: attributes(element),
    attributePlaces: Object.fromEntries(
      childrenOf(element, 'attribute').map((child) => [attributeOf(child, 'name') ?? '', placeOf(child, 'name')]),
    ),
    place: element.place,
  };
}

function instance(element: XmlElement): InstanceEntry {
  const on = attributeOf(element, 'on');
  return { name: attributeOf(element, 'name') ?? '', ...(on === undefined ? {} : { on }), place: element.place };
}

function association(element: XmlElement, collector: Collector): Association {
  const one = { lower: 1, upper: 1 };
  const [from, to] = [attributeOf(element, 'from') ?? '', attributeOf(element, 'to') ?? ''];
  const traffic = collector.parsed<number | undefined>(element, 'traffic', parseBandwidthMiBps, undefined);
  const trafficProbe = attributeOf(element, 'trafficProbe');
  return {
    name: attributeOf(element, 'name') ?? `${from}-${to}`,
    from,
    fromCardinality: collector.parsed(element, 'fromCardinality', parseCardinality, one),
    to,
    toCardinality: collector.parsed(element, 'toCardinality', parseCardinality, one),
    ...(traffic === undefined ? {} : { trafficMbps: (traffic * 8 * 1048576) / 1e6 }),
    ...(trafficProbe === undefined ? {} : { trafficProbe }),
    place: element.place,
  };
}

function probe(element: XmlElement, collector: Collector): ProbeUse {
  return {
    name: attributeOf(element, 'name') ?? '',
    measure: attributeOf(element, 'measure') ?? '',
    of: attributeOf(element, 'of') ?? '',
    everyMs: collector.parsed(element, 'every', parsePeriodMs, 1000),
    parameters: otherAttributes(element, ['name', 'measure', 'of', 'every']),
    detectors: childrenOf(element, 'detector').map((detector) => ({
      type: attributeOf(detector, 'type') ?? '',
      raise: attributeOf(detector, 'raise') ?? '',
      parameters: otherAttributes(detector, ['type', 'raise']),
      place: detector.place,
    })),
    place: element.place,
  };
}

const SHORTEST_PERIOD_MS = 100;

function parsePeriodMs(text: string, place: XmlElement['place']): number {
  const ms = parseDurationMs(text, place);
  if (ms < SHORTEST_PERIOD_MS)
    throw new AttituneError(
      'value',
      `every="${text}" is too often: at least ${SHORTEST_PERIOD_MS} ms are needed between two readings.`,
      { place },
    );
  return ms;
}

function outsideEvent(element: XmlElement): OutsideEvent {
  const of = attributeOf(element, 'of');
  return {
    name: attributeOf(element, 'name') ?? '',
    ...(of === undefined ? {} : { of }),
    place: placeOf(element, 'name'),
  };
}

function diagramUse(element: XmlElement, collector: Collector): DiagramUse {
  const role = attributeOf(element, 'role') as DiagramUse['role'];
  return {
    file: diagramFile(element, 'src'),
    ...(role === undefined ? {} : { role }),
    on: (attributeOf(element, 'on') ?? '').split(/[\s,]+/).filter((event) => event !== ''),
    ...modeOf(element, collector),
    parameters: namedValues(element, 'param'),
    place: placeOf(element, 'src'),
  };
}

function policyUse(element: XmlElement, collector: Collector): PolicyUse {
  const subject = attributeOf(element, 'for');
  return {
    file: diagramFile(element, 'src'),
    ...(subject === undefined ? {} : { for: subject }),
    mode: 'automatic',
    ...modeOf(element, collector),
    parameters: namedValues(element, 'param'),
    place: placeOf(element, 'src'),
  };
}

function attributes(element: XmlElement): Readonly<Record<string, string>> {
  return namedValues(element, 'attribute');
}

function otherAttributes(element: XmlElement, known: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    [...element.attributes.values()]
      .filter(({ name, namespace }) => namespace === '' && !known.includes(name))
      .map(({ name, value }) => [name, value]),
  );
}
