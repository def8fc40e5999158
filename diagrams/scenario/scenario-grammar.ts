import type { Expectation } from '../../core/model/scenario.js';
import type { Grammar } from '../../core/xml/index.js';

export const SCENARIO_NAMESPACE = 'urn:attitune:scenario:1';

export const COMPARISONS = [
  'equals',
  'atMost',
  'atLeast',
  'below',
  'above',
] as const satisfies readonly Expectation['comparison'][];

const COMPARED: Readonly<Record<(typeof COMPARISONS)[number], string>> = {
  equals: 'What it must be: a number, another measure, or, for a measure that is a text, a text.',
  atMost: 'What it must not exceed: a number, or another measure.',
  atLeast: 'What it must reach: a number, or another measure.',
  below: 'What it must stay below: a number, or another measure.',
  above: 'What it must stay above: a number, or another measure.',
};

/** `*.scenario.xml` as data. */
export const SCENARIO_GRAMMAR: Grammar = {
  namespaces: [SCENARIO_NAMESPACE],
  root: 'scenario',
  description: 'A story that can be run: a deployment, a load, and what must then hold.',
  elements: {
    scenario: {
      description: 'A deployment, a load, and what must then hold.',
      attributes: [
        { name: 'name', description: 'What the report is called.', required: true },
        { name: 'deployment', description: 'The *.deployment.xml, relative to this file.', required: true },
        { name: 'seed', description: 'Seed of the randomness of simulations; 1 unless told.', type: 'integer' },
      ],
      children: [
        { name: 'description', max: 1 },
        { name: 'set' },
        { name: 'load', max: 1 },
        { name: 'event' },
        { name: 'settle', max: 1 },
        { name: 'expect' },
      ],
    },
    description: { description: 'What the scenario shows, for people.', text: true },
    set: {
      description: 'A value for a variable of the deployment. --set goes before it.',
      attributes: [
        { name: 'name', description: 'The variable.', required: true },
        { name: 'value', description: 'Its value.', required: true },
      ],
    },
    load: {
      description: 'Requests to the first instance of a class, one phase after the other.',
      attributes: [
        { name: 'target', description: 'The class; the load goes to its first instance.', required: true },
        {
          name: 'path',
          description: 'The path that is requested; / unless told.',
          pattern: /^\//,
          form: 'a path that starts with "/"',
        },
        {
          name: 'timeout',
          description: 'When a request that was not answered counts as failed; 10 s unless told.',
          type: 'duration',
        },
      ],
      children: [{ name: 'phase', min: 1 }],
    },
    phase: {
      description: 'A time with one rate of requests.',
      attributes: [
        { name: 'name', description: 'What the report calls it.', required: true },
        { name: 'for', description: 'How long it lasts.', required: true, type: 'duration' },
        { name: 'rate', description: 'Requests in a time, such as 250 /s.', required: true, type: 'rate' },
      ],
    },
    event: {
      description: 'Raises an event while the scenario runs, as `attitune emit` does.',
      attributes: [
        { name: 'name', description: 'The event: one that the deployment declares, or operator.NAME.', required: true },
        { name: 'component', description: 'The component or host that it is about.', required: true },
        { name: 'arg', description: 'Its argument; none unless told.' },
        {
          name: 'after',
          description: 'When, from the moment in which all is deployed.',
          required: true,
          type: 'duration',
        },
      ],
    },
    settle: {
      description: 'Waits, after the load if there is one, until the system has settled: nothing moves any more.',
      attributes: [
        { name: 'within', description: 'How long it waits at the longest.', required: true, type: 'duration' },
        {
          name: 'quiet',
          description: 'How long nothing must have moved, nor a peer changed its role; 3 min unless told.',
          type: 'duration',
        },
      ],
    },
    expect: {
      description: 'What must hold when the scenario has ended: a measure compared with one number or measure.',
      attributes: [
        { name: 'that', description: 'A measure of the report, such as requests.failed.', required: true },
        ...COMPARISONS.map((name) => ({ name, description: COMPARED[name] })),
      ],
    },
  },
};
