import { suggest } from '../../xml/index.js';
import { FieldReader, linesOf, placeIn, type Row } from './rows.js';

/** What an instance uses, as a file of loads tells it: CPU in CPUs, the others in units of their own. */
export interface GanetiLoad {
  readonly cpu: number;
  readonly memory: number;
  readonly disk: number;
  readonly network: number;
}

const FIELDS = ['name', 'load of the CPU', 'load of the memory', 'load of the disk', 'load of the network'];

/** The loads by instance, one a line: `name cpu memory disk network`. Those of instances that are not there are errors. */
export function readLoads(
  reader: FieldReader,
  text: string,
  file: string,
  instances: ReadonlyMap<string, unknown>,
): ReadonlyMap<string, GanetiLoad> {
  const loads = new Map<string, GanetiLoad>();
  const lines = new Map<string, number>();
  linesOf(text).forEach((content, index) => {
    if (content === '') return;
    const row: Row = { file, line: index + 1, fields: content.split(' ') };
    if (!reader.complete(row, FIELDS.length, 'loads', FIELDS)) return;
    if (row.fields.length > FIELDS.length)
      reader.add('value', `A line of loads has ${FIELDS.length} fields: ${FIELDS.join(', ')}.`, placeIn(row, 5));
    const name = reader.name(row, 0, 'name of an instance');
    if (!instances.has(name))
      reader.add('value', `There is no instance "${name}".${suggest(name, instances.keys())}`, placeIn(row));
    const former = lines.get(name);
    if (former !== undefined)
      reader.add('duplicate-name', `There are two loads of "${name}"; the first is in line ${former}.`, placeIn(row));
    else lines.set(name, row.line);
    const [cpu = 0, memory = 0, disk = 0, network = 0] = FIELDS.slice(1).map((what, at) =>
      reader.amount(row, at + 1, what),
    );
    loads.set(name, { cpu, memory, disk, network });
  });
  return loads;
}
