import type { Grammar } from '../../core/xml/index.js';

export const WRAPPER_NAMESPACE = 'urn:attitune:wrapper:1';

const NAME = { pattern: /^[A-Za-z_][\w-]*$/, form: 'a name of letters, digits, _ and -' };
const BOOLEAN = ['true', 'false'];

/** The format of `*.wrapper.xml`. TUNe's own files, in no namespace, are of it too. */
export const WRAPPER_GRAMMAR: Grammar = {
  namespaces: [WRAPPER_NAMESPACE, ''],
  root: 'wrapper',
  elements: {
    wrapper: {
      attributes: [{ name: 'name', required: true, ...NAME }, { name: 'description' }],
      children: [{ name: 'attribute' }, { name: 'method', min: 1 }],
    },
    attribute: {
      attributes: [
        { name: 'name', required: true, ...NAME },
        { name: 'value' },
        { name: 'description' },
        { name: 'runtime', values: BOOLEAN },
      ],
    },
    method: {
      attributes: [
        { name: 'name', required: true, ...NAME },
        { name: 'key', required: true },
        { name: 'method', required: true },
        { name: 'timeout' },
        { name: 'idempotent', values: BOOLEAN },
        { name: 'description' },
      ],
      children: [{ name: 'param' }],
    },
    param: { attributes: [{ name: 'value', required: true }] },
  },
};
