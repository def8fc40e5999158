import type { Grammar } from '../../core/xml/index.js';
import { OPERATION_KEYS } from './operations/index.js';

export const WRAPPER_NAMESPACE = 'urn:attitune:wrapper:1';

const NAME = { required: true, pattern: /^[A-Za-z_][\w-]*$/, form: 'a name of letters, digits, _ and -' };
const PACKAGE = { required: true, pattern: /^[a-z0-9][a-z0-9+.-]+$/, form: 'the name of a Debian package' };
const BOOLEAN = ['true', 'false'];
const METHODS = [...new Set([...OPERATION_KEYS.values()].flatMap((table) => Object.keys(table)))];

/** The format of `*.wrapper.xml`. TUNe's own files, in no namespace, are of it too. */
export const WRAPPER_GRAMMAR: Grammar = {
  namespaces: [WRAPPER_NAMESPACE, ''],
  root: 'wrapper',
  description: 'How a kind of software is administered: its attributes, and the operations that diagrams call.',
  elements: {
    wrapper: {
      description: 'A kind of software.',
      attributes: [
        { name: 'name', description: 'What deployments call it in wrapper="…".', ...NAME },
        { name: 'description', description: 'What it wraps, for people.' },
      ],
      children: [
        { name: 'package' },
        { name: 'event-pipe', max: 1 },
        { name: 'attribute' },
        { name: 'method', min: 1 },
      ],
    },
    'event-pipe': {
      description: 'Each instance has an event pipe at $tubeAddr; also without this where a parameter names that.',
      attributes: [
        {
          name: 'group',
          description: 'A group whose members may write into it, too.',
          pattern: /^[a-z_][\w-]*$/,
          form: 'the name of a group',
        },
      ],
    },
    package: {
      description: 'A Debian package that it needs; the image of a VM that it runs inside gets it.',
      attributes: [{ name: 'name', description: 'Its name, as for apt-get install.', ...PACKAGE }],
    },
    attribute: {
      description: 'An attribute of every instance, for $name in parameters.',
      attributes: [
        { name: 'name', description: 'Its name.', ...NAME },
        { name: 'value', description: 'Its value where the deployment gives none. Without one it must.' },
        { name: 'description', description: 'What it is for.' },
        { name: 'runtime', description: 'true: set while the system runs, not by the deployment.', values: BOOLEAN },
      ],
    },
    method: {
      description: 'A step of an operation. Several of one name are its steps, in order.',
      attributes: [
        { name: 'name', description: 'The operation, as diagrams call it.', ...NAME },
        {
          name: 'key',
          description: 'What kind of thing is done.',
          required: true,
          suggestions: [...OPERATION_KEYS.keys()],
        },
        { name: 'method', description: 'What of that kind is done.', required: true, suggestions: METHODS },
        { name: 'timeout', description: 'When it is given up; 60 s unless told.', type: 'duration' },
        { name: 'idempotent', description: 'true: it may be repeated after a crash.', values: BOOLEAN },
        { name: 'description', description: 'What it does, for people.' },
      ],
      children: [{ name: 'param' }],
    },
    param: {
      description: 'A parameter of the method, in its order.',
      attributes: [{ name: 'value', description: 'A text; $paths in it are resolved at each call.', required: true }],
    },
  },
};
