import { injectable } from 'inversify';
import type { SourcePlace } from '../core/model/errors.js';
import type { Probe, ProbeInstance, ProbeTarget } from '../core/model/probe.js';
import { PROPERTY_COMMANDS, propertyReader } from './properties/commands.js';

/** A property of a machine as in an INI file of properties: the same commands, for detectors. */
@injectable()
export class PropertyProbe implements Probe {
  readonly measure = 'property';
  readonly description = 'A property of a machine, by one of the commands of properties.';
  readonly unit = '';
  readonly parameters = [
    { name: 'command', required: true, description: `One of ${Object.keys(PROPERTY_COMMANDS).join(', ')}.` },
    {
      name: 'parameters',
      required: false,
      description: Object.entries(PROPERTY_COMMANDS)
        .map(([name, { parameters, unit }]) => `${name} (${unit}): ${parameters}`)
        .join('; '),
    },
  ];

  readonly unitOf = ({ command = '' }: Readonly<Record<string, string>>): string =>
    Object.hasOwn(PROPERTY_COMMANDS, command) ? (PROPERTY_COMMANDS[command]?.unit ?? '') : '';

  check(parameters: Readonly<Record<string, string>>, place: SourcePlace): void {
    readerOf(parameters, place);
  }

  attach(target: ProbeTarget): ProbeInstance {
    const read = readerOf(target.parameters, { file: target.component.name, line: 1, column: 1 });
    return { read: (signal) => read(target.executor?.() ?? target.host().executor, signal) };
  }
}

function readerOf({ command = '', parameters = '' }: Readonly<Record<string, string>>, place: SourcePlace) {
  return propertyReader(command, parameters, { command: place, parameters: place });
}
