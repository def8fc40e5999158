import { readDefinitions } from '../../../probes/properties/definitions.js';
import { PropertyCollector } from '../../../probes/properties/property-collector.js';
import type { PropertyDefinition } from '../../../probes/properties/index.js';
import { AttituneError } from '../../model/errors.js';
import type { Subscription } from '../../model/hypervisor.js';
import type { Companion, MakeCompanion } from './companion.js';

/** The properties of a file; rejects with all that is wrong with it, before anything runs. */
export function propertiesOf(file: string): readonly PropertyDefinition[] {
  const { properties, triggers, errors } = readDefinitions(file);
  if (errors.length > 0) throw new AggregateError(errors);
  const [trigger] = triggers;
  if (properties.length > 0) return properties;
  throw new AttituneError(
    'ini-key',
    trigger
      ? `${file} has triggers and no properties: triggers are for the manager (attitune manager --triggers).`
      : `${file} has no properties.`,
    { place: { file, line: 1, column: 1 } },
  );
}

/** Answers `agent.properties` where `--properties` names a file; what cannot be read is told as a trouble, too. */
export const propertyCompanion: MakeCompanion = ({ agent, bus, clock, executor, options }) => {
  const { properties: file } = options;
  if (file === undefined) return Promise.resolve(undefined);
  const collector = new PropertyCollector(propertiesOf(file), executor, clock, (name, why) =>
    agent.troubles.set(`property ${name}`, why),
  );
  let answers: Subscription | undefined;
  const companion: Companion = {
    start: () => {
      collector.start();
      answers = bus.respond('agent.properties', async ({ names }) => ({ values: await collector.values(names) }));
    },
    stop: () => {
      answers?.unsubscribe();
      collector.stop();
    },
  };
  return Promise.resolve(companion);
};
