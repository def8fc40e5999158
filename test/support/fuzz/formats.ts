import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pluginsFor } from '../../../core/app/composition.js';
import { checkSystem } from '../../../core/app/validation/check-system.js';
import { asset } from '../../../core/assets/package-root.js';
import type { AttituneError } from '../../../core/model/errors.js';
import { SystemRepresentation } from '../../../core/model/system-representation.js';
import { instantiate } from '../../../core/model/wiring.js';
import { readNodeFile } from '../../../diagrams/deployment/node-file.js';
import { parseDeployment } from '../../../diagrams/deployment/read-deployment.js';
import { Collector } from '../../../diagrams/collect.js';
import { parseScenario } from '../../../diagrams/scenario/read-scenario.js';
import { ScxmlEngine } from '../../../diagrams/statechart/index.js';
import { parseWrapper } from '../../../wrappers/language/read-wrapper.js';

/** A reader under test: what it makes of a text, and the right files that the cases are made from. */
export interface FuzzFormat {
  readonly name: string;
  /** Of the cases, in percent. */
  readonly share: number;
  readonly texts: readonly string[];
  /** Everything that is wrong with the text; what it throws is a fault of the reader. */
  read(text: string): readonly AttituneError[];
}

const FOLDER = asset('test/fixtures/deployment');

function textsOf(end: string, ...folders: readonly string[]): string[] {
  return folders.flatMap((folder) =>
    readdirSync(asset(folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name.endsWith(end))
      .map((entry) => join(entry.parentPath, entry.name))
      .sort()
      .map((file) => readFileSync(file, 'utf8')),
  );
}

/** The readers of all formats; deployments are also checked against what is installed, and wired. */
export function fuzzFormats(): readonly FuzzFormat[] {
  const plugins = pluginsFor(join(FOLDER, 'web.deployment.xml'));
  const engine = new ScxmlEngine();
  return [
    {
      name: 'deployment',
      share: 40,
      texts: textsOf('.deployment.xml', 'examples', 'test/fixtures/deployment'),
      read: (text) => {
        const { deployment, errors } = parseDeployment(text, join(FOLDER, 'fuzzed.deployment.xml'));
        if (!deployment) return errors;
        const { errors: others } = checkSystem(deployment, plugins);
        const isNode = (wrapper: string) => plugins.wrappers.get(wrapper)?.isNode ?? false;
        // what passes every check must be wired without an error
        if (others.length === 0) instantiate(new SystemRepresentation(deployment, isNode));
        return others;
      },
    },
    {
      name: 'scxml',
      share: 30,
      texts: textsOf('.scxml', 'examples', 'diagrams/library'),
      read: (text) => engine.readText(text, join(FOLDER, 'fuzzed.scxml')).errors,
    },
    {
      name: 'wrapper',
      share: 18,
      texts: textsOf('.wrapper.xml', 'wrappers'),
      read: (text) => parseWrapper(text, asset('wrappers/apache/fuzzed.wrapper.xml')).errors,
    },
    {
      name: 'scenario',
      share: 8,
      texts: textsOf('.scenario.xml', 'examples'),
      read: (text) => parseScenario(text, join(FOLDER, 'fuzzed.scenario.xml')).errors,
    },
    {
      name: 'nodefile',
      share: 4,
      texts: textsOf('.nodes', 'test/fixtures/deployment'),
      read: (text) => {
        const collector = new Collector();
        readNodeFile(text, join(FOLDER, 'fuzzed.nodes'), collector);
        return collector.errors;
      },
    },
  ];
}
