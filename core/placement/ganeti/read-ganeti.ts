import { AttituneError } from '../../model/errors.js';
import type { Cluster } from '../cluster.js';
import { readGroup, readInstance, readNode, readPolicy } from './records.js';
import { FieldReader, placeIn, sectionsOf, type Row } from './rows.js';
import { readLoads } from './read-loads.js';
import { toCluster } from './to-cluster.js';

/** A text, and the name of its file for messages. */
export interface GanetiText {
  readonly text: string;
  readonly file: string;
}

/** What {@link writeGaneti} needs to write the file again: its sections as they were. */
export interface GanetiFile {
  readonly sections: readonly (readonly Row[])[];
}

export interface GanetiReading {
  /** Both present where nothing was wrong. */
  readonly cluster?: Cluster;
  readonly keep?: GanetiFile;
  /** By file and place. */
  readonly errors: readonly AttituneError[];
}

/** Groups, nodes, instances and cluster tags; policies may be left out, and what follows them is not looked at. */
const LEAST_SECTIONS = 4;

/**
 * Reads a cluster as Ganeti's tools write it (`hbal -S`, `hscan`), and, where they are given, the loads of its instances
 * (`hbal -U`). All that is wrong comes back at once; nothing is thrown.
 */
export function readGaneti(data: GanetiText, loads?: GanetiText, at = 0): GanetiReading {
  const reader = new FieldReader();
  const sections = sectionsOf(data.text, data.file);
  if (sections.length < LEAST_SECTIONS) {
    const message = `There are ${sections.length} of at least ${LEAST_SECTIONS} sections: groups, nodes, instances and cluster tags, with one empty line between two.`;
    return {
      errors: [new AttituneError('value', message, { place: { file: data.file, line: 1, column: 1 } })],
    };
  }
  const [groupRows = [], nodeRows = [], instanceRows = [], tags = [], policyRows = []] = sections;
  const read = <T>(rows: readonly Row[], one: (reader: FieldReader, row: Row) => T | undefined) =>
    rows.flatMap((row) => one(reader, row) ?? []);

  const groups = read(groupRows, readGroup);
  reader.distinct(groups, 'group');
  const byUuid = new Map(groups.map((group) => [group.uuid, group]));
  const nodes = read(nodeRows, (_, row) => readNode(reader, row, byUuid));
  const nodesByName = reader.distinct(nodes, 'node');
  const instances = read(instanceRows, (_, row) => readInstance(reader, row, nodesByName));
  const instancesByName = reader.distinct(instances, 'instance');
  for (const { name, row } of instances)
    if (nodesByName.has(name)) reader.add('duplicate-name', `"${name}" is the name of a node, too.`, placeIn(row));
  const policies = new Map(policyRows.flatMap((row) => [readPolicy(reader, row, byUuid) ?? []].filter(isEntry)));
  if (nodes.length === 0 && reader.errors.length === 0)
    reader.add('value', 'The cluster has no nodes: there is nothing to plan for.', {
      file: data.file,
      line: groupRows.length + 2,
      column: 1,
    });
  const used = loads ? readLoads(reader, loads.text, loads.file, instancesByName) : new Map<string, never>();
  if (reader.errors.length > 0) return { errors: byPlace(reader.errors, data.file) };
  const cluster = toCluster({ groups, nodes, instances, tags, policies }, used, at);
  return { cluster, keep: { sections }, errors: [] };
}

type PolicyEntry = NonNullable<ReturnType<typeof readPolicy>>;

function isEntry(entry: PolicyEntry | readonly never[]): entry is PolicyEntry {
  return entry.length === 2;
}

/** Those of `first` before those of other files. */
function byPlace(errors: readonly AttituneError[], first: string): readonly AttituneError[] {
  const rank = ({ place }: AttituneError) => [place?.file === first ? 0 : 1, place?.line ?? 0, place?.column ?? 0];
  return [...errors].sort((one, other) => {
    const [a, b] = [rank(one), rank(other)];
    return (a[0] ?? 0) - (b[0] ?? 0) || (a[1] ?? 0) - (b[1] ?? 0) || (a[2] ?? 0) - (b[2] ?? 0);
  });
}
