import type { Grammar } from '../../../core/xml/index.js';
import { DIAGRAM_NAMESPACE } from './scxml.grammar.js';

/** The elements that may stand in documents of SCXML. */
export const EXTENSION_ROOTS = ['set', 'migration'] as const;

/** What AttiTUNe adds to SCXML, in a namespace of its own. */
export const EXTENSION_GRAMMAR: Grammar = {
  namespaces: [DIAGRAM_NAMESPACE],
  root: 'set',
  description: "AttiTUNe's elements in diagrams, which are standard SCXML otherwise.",
  elements: {
    set: {
      description: 'Executable content: writes an attribute of the components that a path reaches.',
      attributes: [
        { name: 'path', description: 'Path and attribute, such as this.pid.', required: true },
        { name: 'expr', description: 'An expression of the data model: the value.', required: true },
      ],
    },
    migration: {
      description: 'Directly in <scxml>: how a session goes on that was begun with a former version of the diagram.',
      attributes: [
        {
          name: 'from',
          description: 'The former version: its hash, which the refusal to go on tells, or * for any.',
          required: true,
          pattern: /^(\*|[0-9a-f]{64})$/,
        },
      ],
      children: [{ name: 'state' }],
    },
    state: {
      description: 'A state that is called otherwise now.',
      attributes: [
        { name: 'from', description: 'Its former id.', required: true },
        { name: 'to', description: 'The id of the state that takes its place.', required: true },
      ],
    },
  },
};
