import { DEPLOYMENT_GRAMMAR } from '../../diagrams/deployment/deployment-grammar.js';
import { HOSTS_GRAMMAR } from '../../diagrams/deployment/hosts-grammar.js';
import { SCENARIO_GRAMMAR } from '../../diagrams/scenario/scenario-grammar.js';
import { EXTENSION_GRAMMAR, EXTENSION_ROOTS } from '../../diagrams/statechart/reading/extension.grammar.js';
import { WRAPPER_GRAMMAR } from '../../wrappers/language/wrapper-grammar.js';
import { schemaOf } from '../xml/index.js';

/** The schema of every file format, by its path in the package: each stands beside the reader of the format. */
export function schemas(): Readonly<Record<string, string>> {
  return {
    'diagrams/deployment/deployment.xsd': schemaOf(DEPLOYMENT_GRAMMAR),
    'diagrams/deployment/hosts.xsd': schemaOf(HOSTS_GRAMMAR),
    'diagrams/scenario/scenario.xsd': schemaOf(SCENARIO_GRAMMAR),
    'diagrams/statechart/diagram.xsd': schemaOf(EXTENSION_GRAMMAR, EXTENSION_ROOTS),
    'wrappers/language/wrapper.xsd': schemaOf(WRAPPER_GRAMMAR),
  };
}
