import { MIGRATION_LIMITS, MIGRATION_SETTINGS } from '../../core/model/migration-settings.js';
import type { AttributeRule, ElementRule, Grammar } from '../../core/xml/index.js';
import { CONSTRAINT } from './constraints.js';
import { MODE_RULES } from './modes.js';
import { DISTANCE_ELEMENTS, LOCATION_ATTRIBUTES } from './distances.js';
import { POWER_ATTRIBUTES } from './host-power.js';

export const DEPLOYMENT_NAMESPACE = 'urn:attitune:deployment:1';

/** A name that can stand in paths, such as `Tomcat` or `host-1`. */
export const NAME = /^[A-Za-z][A-Za-z0-9_-]*$/;

/** A required attribute that holds a name. */
export function named(attribute: string, description: string): AttributeRule {
  const form = 'a name: a letter, then letters, digits, "-" or "_"';
  return { name: attribute, description, required: true, pattern: NAME, form };
}

const value = (description: string): AttributeRule => ({ name: 'value', description, required: true });
const CARDINALITY = { required: true, type: 'cardinality', form: 'such as "1", "0..1" or "1..*"' } as const;
const SOURCE: AttributeRule = {
  name: 'src',
  description: 'An SCXML file, relative to the file that names it, or library:NAME for a stock diagram.',
  required: true,
};

/** What a host may have, also one of an inventory. */
export const ATTRIBUTE: ElementRule = {
  description: 'An attribute of every instance, read by wrappers and diagrams.',
  attributes: [named('name', 'Its name, as wrappers and paths use it.'), value('Its value, as text.')],
};

/** A host in a deployment or in an inventory. */
export const HOST: ElementRule = {
  description: 'A machine, with its hypervisor if it has one.',
  attributes: [
    named('name', 'Its name; paths and constraints use it.'),
    {
      name: 'uri',
      description: 'How its hypervisor is reached, such as qemu+tls://host1/system; local: for this machine itself.',
      required: true,
    },
    ...POWER_ATTRIBUTES,
    ...LOCATION_ATTRIBUTES,
  ],
  children: [{ name: 'attribute' }],
};

const TOP_LEVEL = [
  'variable',
  'include',
  'hosts',
  'component',
  'association',
  'probe',
  'constraint',
  'event',
  'diagram',
  'policy',
  'migration',
  'peers',
  'distances',
];

/** What editors may know of settings of migrations, beyond their form. */
const MIGRATION_TYPES: Readonly<Record<string, Partial<AttributeRule>>> = {
  timeout: { type: 'duration' },
  maxDowntime: { type: 'duration' },
  autoConverge: { suggestions: ['true', 'false'] },
};

/** `*.deployment.xml` as data. */
export const DEPLOYMENT_GRAMMAR: Grammar = {
  namespaces: [DEPLOYMENT_NAMESPACE],
  root: 'deployment',
  description: 'What is deployed: host families, component classes with their associations, probes, and diagrams.',
  variables: true,
  elements: {
    deployment: {
      description: 'A deployment diagram: classes and cardinalities, not instances.',
      attributes: [named('name', 'What the deployment is called in the journal and on the live page.')],
      children: TOP_LEVEL.map((child) => ({ name: child })),
    },
    variable: {
      description: 'A value that is given when the deployment is used; ${name} in any attribute stands for it.',
      attributes: [
        named('name', 'What stands between ${ and }, and before = in --set NAME=VALUE.'),
        { name: 'default', description: 'Its value where none is given. Without a default one must be given.' },
        {
          name: 'type',
          description: 'What its value must be; text unless told.',
          values: ['text', 'integer', 'duration', 'memory', 'ratio', 'rate', 'cardinality'],
        },
        { name: 'description', description: 'What it is for.' },
      ],
    },
    include: {
      description: 'Takes in all that another deployment file holds, such as host families that many share.',
      attributes: [{ name: 'src', description: 'The file, relative to the one that includes it.', required: true }],
    },
    hosts: {
      description: 'A family of hosts that a component class can run on.',
      attributes: [
        named('family', 'Its name; classes, probes and policies use it.'),
        {
          name: 'hypervisor',
          description: 'What its hosts run virtual machines with; none: they run software only.',
          required: true,
          values: ['libvirt', 'simulated', 'none'],
        },
        {
          name: 'inventory',
          description: 'More hosts of the family: a *.hosts.xml, or a text with a line NAME URI KEY=VALUE… for each.',
        },
        ...POWER_ATTRIBUTES,
        ...LOCATION_ATTRIBUTES,
      ],
      children: [{ name: 'attribute' }, { name: 'host' }],
    },
    host: HOST,
    ...DISTANCE_ELEMENTS,
    component: {
      description: 'A class of components: software, or virtual machines.',
      attributes: [
        named('class', 'Its name. Instances are called CLASS_1, CLASS_2 and so on.'),
        { name: 'wrapper', description: 'The wrapper that administers it, such as apache.', required: true },
        { name: 'hosts', description: 'The host family that its instances run on.' },
        { name: 'inside', description: 'The class whose instances its own run inside, such as a virtual machine.' },
        {
          name: 'initial',
          description:
            'Instances at start: as many as are named in it, else one, or one in each instance of the class that it is inside.',
          type: 'integer',
        },
      ],
      children: [{ name: 'attribute' }, { name: 'instance' }],
    },
    instance: {
      description: 'An instance with a name of its own instead of CLASS_N.',
      attributes: [
        named('name', 'Its name; a virtual machine is called so by its hypervisor, too.'),
        {
          name: 'on',
          description: 'The host where it begins; it may move from there. Where there is room unless told.',
        },
      ],
    },
    attribute: ATTRIBUTE,
    param: {
      description: 'A variable of the diagram that this use of it sets.',
      attributes: [named('name', 'The id of a <data> of the diagram.'), value('Its value.')],
    },
    association: {
      description:
        'Links between the instances of two classes. Lower bounds are linked at start, upper ones are headroom.',
      attributes: [
        {
          ...named('name', 'The name that paths use in either direction; FROM-TO unless told.'),
          required: false,
        },
        { name: 'from', description: 'The class whose instances use the others.', required: true },
        { name: 'fromCardinality', description: 'How many of them each of the others is linked to.', ...CARDINALITY },
        { name: 'to', description: 'The class whose instances are used.', required: true },
        { name: 'toCardinality', description: 'How many of the used each of the users is linked to.', ...CARDINALITY },
        {
          name: 'traffic',
          description: 'What each link carries, such as 20 Mbit/s; for distances.',
          form: 'a bandwidth such as 20 Mbit/s',
        },
        {
          name: 'trafficProbe',
          description:
            'A probe of the class from whose readings, in Mbit/s, are what each instance carries over its links together; before traffic.',
        },
      ],
    },
    probe: {
      description: 'Measures something of every host of a family or every instance of a class.',
      attributes: [
        named('name', 'Its name, for the journal and the live page.'),
        { name: 'measure', description: 'What is measured, such as cpu. It may take parameters.', required: true },
        { name: 'of', description: 'A host family or a component class.', required: true },
        {
          name: 'every',
          description: 'The time from one reading to the next.',
          required: true,
          type: 'duration',
          form: 'such as "1 s"',
        },
      ],
      // parameters of a measure are its own; the probe checks them
      openAttributes: true,
      children: [{ name: 'detector' }],
    },
    detector: {
      description: 'Raises an event when readings meet a condition.',
      attributes: [
        { name: 'type', description: 'The kind of condition, such as watchdog or threshold.', required: true },
        { name: 'raise', description: 'The event, for diagrams to hear.', required: true },
      ],
      openAttributes: true,
    },
    constraint: CONSTRAINT,
    migration: {
      description: 'How virtual machines are migrated, and how many at a time; what a call says itself wins.',
      attributes: [
        ...Object.entries(MIGRATION_LIMITS).map(([name, description]): AttributeRule => ({
          name,
          description,
          type: 'integer',
        })),
        ...Object.entries(MIGRATION_SETTINGS).map(([name, { description, form }]): AttributeRule => ({
          name,
          description,
          form,
          ...MIGRATION_TYPES[name],
        })),
      ],
    },
    event: {
      description: 'An event that comes from outside: from people, a program, another system.',
      attributes: [
        {
          name: 'name',
          description: 'Its name, for diagrams to hear.',
          required: true,
          pattern: /^[A-Za-z_][\w-]*(?:\.[\w-]+)*$/,
          form: 'a name such as fixTomcat or backup.failed',
        },
        { name: 'of', description: 'The component class or host family that it is about; any unless told.' },
      ],
    },
    diagram: {
      description: 'A procedure: one session for each event, or at the start or the end of the system.',
      attributes: [
        SOURCE,
        { name: 'role', description: 'start or stop: it brings the system up, or down.', values: ['start', 'stop'] },
        { name: 'on', description: 'Events that start a session of it, separated by spaces.' },
        ...MODE_RULES,
      ],
      children: [{ name: 'param' }],
    },
    policy: {
      description: 'A diagram that runs as long as the system does, fed with events.',
      attributes: [
        SOURCE,
        { name: 'for', description: 'A class or family: one session for each of it. One for the system unless told.' },
        ...MODE_RULES,
      ],
      children: [{ name: 'param' }],
    },
    peers: {
      description: 'Lets hosts relieve each other by policies of their own, without anything in the middle.',
      attributes: [
        { name: 'every', description: 'How often each looks at itself; 60 s unless told.', type: 'duration' },
        {
          name: 'choice',
          description:
            'What a host gives away: simulated, unless told: what helps most by its policy; random: any of its machines.',
          values: ['simulated', 'random'],
        },
        {
          name: 'trading',
          description: 'true: two exchange machines where a gift alone helps nobody; false unless told.',
          values: ['true', 'false'],
        },
        {
          name: 'adapting',
          description: 'true: policies shift to what their host learns of others; false unless told.',
          values: ['true', 'false'],
        },
      ],
      children: [{ name: 'peer', min: 1 }],
    },
    peer: {
      description: 'The policy of some hosts.',
      attributes: [
        { name: 'on', description: 'Hosts, or families of hosts, separated by spaces.', required: true },
        {
          name: 'policy',
          description:
            'An SCXML file, relative to the file that names it, or library:NAME: it hears readings and rests in idle, overloaded or underloaded.',
          required: true,
        },
        {
          ...named(
            'cell',
            'Hosts of one cell help each other before they ask those of others; one for all unless told.',
          ),
          required: false,
        },
      ],
      children: [{ name: 'param' }],
    },
  },
};
