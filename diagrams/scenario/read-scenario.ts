import { dirname, resolve } from 'node:path';
import { AttituneError } from '../../core/model/errors.js';
import type { LoadPhase } from '../../core/model/load.js';
import { parseDurationMs, parseInteger, parseRate } from '../../core/model/quantity.js';
import type { Expectation, Scenario, ScenarioEvent, ScenarioLoad, ScenarioSettle } from '../../core/model/scenario.js';
import {
  attributeOf,
  checkElement,
  childrenOf,
  parseXml,
  placeOf,
  readTextFile,
  textOf,
  type XmlElement,
} from '../../core/xml/index.js';
import { Collector } from '../collect.js';
import { COMPARISONS, SCENARIO_GRAMMAR } from './scenario-grammar.js';

export interface ScenarioReading {
  /** Present where the file could be read at all; to be run only if there are no errors. */
  readonly scenario?: Scenario;
  readonly errors: readonly AttituneError[];
}

/** Reads a `*.scenario.xml`. All that is wrong with it comes back at once; nothing is thrown. */
export function readScenario(file: string): ScenarioReading {
  try {
    return parseScenario(readTextFile(file), file);
  } catch (error) {
    return { errors: [AttituneError.from(error)] };
  }
}

/** The same for a text that was read already; `file` is for messages, and the base of relative sources. */
export function parseScenario(text: string, file: string): ScenarioReading {
  let root: XmlElement;
  try {
    root = parseXml(text, file);
  } catch (error) {
    return { errors: [AttituneError.from(error)] };
  }
  const collector = new Collector();
  collector.errors.push(...checkElement(root, SCENARIO_GRAMMAR));
  const [loadElement] = childrenOf(root, 'load');
  const [settleElement] = childrenOf(root, 'settle');
  const [description] = childrenOf(root, 'description');
  const scenario: Scenario = {
    name: attributeOf(root, 'name') ?? '',
    description: description ? textOf(description).trim().replace(/\s+/g, ' ') : '',
    file: resolve(file),
    deployment: resolve(dirname(resolve(file)), attributeOf(root, 'deployment') ?? ''),
    seed: collector.parsed(root, 'seed', (text, place) => parseInteger(text, place, { max: 2 ** 31 }), 1),
    variables: childrenOf(root, 'set').map((element) => ({
      name: attributeOf(element, 'name') ?? '',
      value: attributeOf(element, 'value') ?? '',
      place: placeOf(element, 'name'),
    })),
    ...(loadElement ? { load: load(loadElement, collector) } : {}),
    ...(settleElement ? { settle: settle(settleElement, collector) } : {}),
    events: childrenOf(root, 'event').map((element): ScenarioEvent => {
      const arg = attributeOf(element, 'arg');
      return {
        name: attributeOf(element, 'name') ?? '',
        component: attributeOf(element, 'component') ?? '',
        ...(arg === undefined ? {} : { arg }),
        afterMs: collector.parsed(element, 'after', parseDurationMs, 0),
        place: placeOf(element, 'name'),
      };
    }),
    expectations: childrenOf(root, 'expect').map((element) => expectation(element, collector)),
  };
  return { scenario, errors: collector.sorted() };
}

function load(element: XmlElement, collector: Collector): ScenarioLoad {
  const phases = childrenOf(element, 'phase').map((phase): LoadPhase => ({
    name: attributeOf(phase, 'name') ?? '',
    durationMs: collector.parsed(phase, 'for', parseDurationMs, 0),
    requestsPerSecond: collector.parsed(phase, 'rate', parseRate, 0),
  }));
  const names = new Set<string>();
  childrenOf(element, 'phase').forEach((phase, index) => {
    const name = phases[index]?.name ?? '';
    if (names.has(name))
      collector.add(
        'duplicate-name',
        `there is a phase "${name}" already. Choose another name.`,
        placeOf(phase, 'name'),
      );
    names.add(name);
  });
  return {
    target: attributeOf(element, 'target') ?? '',
    path: attributeOf(element, 'path') ?? '/',
    timeoutMs: collector.parsed(element, 'timeout', parseDurationMs, 10_000),
    phases,
    place: placeOf(element, 'target'),
  };
}

const QUIET_MS = 180_000;

function settle(element: XmlElement, collector: Collector): ScenarioSettle {
  const withinMs = collector.parsed(element, 'within', parseDurationMs, 0);
  const quietMs = collector.parsed(element, 'quiet', parseDurationMs, QUIET_MS);
  if (withinMs > 0 && quietMs >= withinMs)
    collector.add(
      'value',
      `within must be longer than what is to be quiet (${quietMs / 1000} s): raise it, or give a shorter quiet="…".`,
      placeOf(element, 'within'),
    );
  return { withinMs, quietMs };
}

function expectation(element: XmlElement, collector: Collector): Expectation {
  const given = COMPARISONS.filter((name) => element.attributes.has(name));
  const [comparison = 'equals'] = given;
  if (given.length !== 1) {
    collector.add(
      'xml-attribute',
      `<expect> needs exactly one of ${COMPARISONS.join(', ')}, with a number or the name of a measure.`,
      element.place,
    );
  }
  return {
    that: attributeOf(element, 'that') ?? '',
    comparison,
    to: attributeOf(element, comparison) ?? '',
    place: placeOf(element, 'that'),
  };
}
