import type { AttributeRule, Grammar } from '../../core/xml/index.js';

export const DEPLOYMENT_NAMESPACE = 'urn:attitune:deployment:1';

/** A name that can stand in paths, such as `Tomcat` or `host-1`. */
export const NAME = /^[A-Za-z][A-Za-z0-9_-]*$/;
const name: AttributeRule = {
  name: 'name',
  required: true,
  pattern: NAME,
  form: 'a name: a letter, then letters, digits, "-" or "_"',
};

/** `*.deployment.xml` as data. Quantities and references between elements are checked by the reader. */
export const DEPLOYMENT_GRAMMAR: Grammar = {
  namespaces: [DEPLOYMENT_NAMESPACE],
  root: 'deployment',
  elements: {
    deployment: {
      attributes: [name],
      children: ['hosts', 'component', 'association', 'probe', 'constraint', 'diagram', 'policy'].map((child) => ({
        name: child,
      })),
    },
    hosts: {
      attributes: [
        { ...name, name: 'family' },
        { name: 'hypervisor', required: true, values: ['libvirt', 'simulated'] },
      ],
      children: [{ name: 'host', min: 1 }],
    },
    host: { attributes: [name, { name: 'uri', required: true }], children: [{ name: 'attribute' }] },
    component: {
      attributes: [
        { ...name, name: 'class' },
        { name: 'wrapper', required: true },
        { name: 'hosts' },
        { name: 'inside' },
        { name: 'initial' },
      ],
      children: [{ name: 'attribute' }],
    },
    attribute: { attributes: [name, { name: 'value', required: true }] },
    param: { attributes: [name, { name: 'value', required: true }] },
    association: {
      attributes: [
        name,
        { name: 'from', required: true },
        { name: 'fromCardinality', required: true, form: 'such as "1", "0..1" or "1..*"' },
        { name: 'to', required: true },
        { name: 'toCardinality', required: true, form: 'such as "1", "0..1" or "1..*"' },
      ],
    },
    probe: {
      attributes: [
        name,
        { name: 'measure', required: true },
        { name: 'of', required: true },
        { name: 'every', required: true, form: 'such as "1 s"' },
      ],
      // parameters of a measure are its own; the probe checks them
      openAttributes: true,
      children: [{ name: 'detector' }],
    },
    detector: {
      attributes: [
        { name: 'type', required: true },
        { name: 'raise', required: true },
      ],
      openAttributes: true,
    },
    constraint: {
      attributes: [
        { name: 'type', required: true, values: ['spread', 'gather', 'pin', 'ban'] },
        { name: 'of', required: true },
        { name: 'on' },
        { name: 'strength', values: ['hard', 'soft'] },
      ],
    },
    diagram: {
      attributes: [{ name: 'src', required: true }, { name: 'role', values: ['start', 'stop'] }, { name: 'on' }],
      children: [{ name: 'param' }],
    },
    policy: {
      attributes: [{ name: 'src', required: true }, { name: 'for' }, { name: 'mode', values: ['automatic'] }],
      children: [{ name: 'param' }],
    },
  },
};
