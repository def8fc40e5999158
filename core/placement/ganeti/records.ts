import { suggest } from '../../xml/index.js';
import { FieldReader, placeIn, type Row } from './rows.js';

/** The records of a file of Ganeti's tools, one for each line: what their fields are called, and how they are read. */

export interface GanetiGroup {
  readonly name: string;
  readonly uuid: string;
  readonly row: Row;
}

export interface GanetiNode {
  readonly name: string;
  readonly row: Row;
  readonly group: string;
  readonly memoryMiB: number;
  /** Memory of the node's own system, and what is free, as its hypervisor told it. */
  readonly systemMiB: number;
  readonly freeMiB: number;
  readonly cpus: number;
  /** Of them for the node's own system. */
  readonly systemCpus: number;
  readonly offline: boolean;
  /** False: its sizes are not known. */
  readonly told: boolean;
  readonly tags: readonly string[];
}

export interface GanetiInstance {
  readonly name: string;
  readonly row: Row;
  readonly memoryMiB: number;
  readonly vcpus: number;
  readonly status: Status;
  readonly primary: string;
  /** Empty where its disks are reached from every node. */
  readonly secondary: string;
  readonly template: Template;
  readonly tags: readonly string[];
  /** Not made yet: it only holds the place. */
  readonly forthcoming: boolean;
}

export interface GanetiPolicy {
  /** Virtual CPUs for each real one, at most. */
  readonly vcpuRatio: number;
}

/** Whether an instance in that state holds memory of its node: what is down does not, what is in error may. */
const STATUSES = {
  running: true,
  ADMIN_down: false,
  ADMIN_offline: false,
  USER_down: false,
  ERROR_down: false,
  ERROR_up: true,
  ERROR_nodedown: true,
  ERROR_nodeoffline: true,
  ERROR_wrongnode: true,
} as const;
export type Status = keyof typeof STATUSES;

/** Who can run an instance: every node, its two nodes, or the one that has its disks. */
const TEMPLATES = {
  diskless: 'every',
  sharedfile: 'every',
  blockdev: 'every',
  rbd: 'every',
  ext: 'every',
  gluster: 'every',
  drbd: 'pair',
  plain: 'one',
  file: 'one',
} as const;
export type Template = keyof typeof TEMPLATES;

export function reachOf({ template }: GanetiInstance): 'every' | 'pair' | 'one' {
  return TEMPLATES[template];
}

export function holdsMemory({ status, forthcoming }: GanetiInstance): boolean {
  return !forthcoming && STATUSES[status];
}

const GROUP_FIELDS = ['name', 'UUID', 'allocation policy', 'tags', 'networks'];
const NODE_FIELDS = [
  'name',
  'total memory',
  'memory of the node itself',
  'free memory',
  'total disk',
  'free disk',
  'CPUs',
  'M/N/Y',
  'group UUID',
  'spindles',
  'tags',
  'exclusive storage',
  'free spindles',
  'CPUs of the node itself',
  'CPU speed',
];
const INSTANCE_FIELDS = [
  'name',
  'memory',
  'disk',
  'virtual CPUs',
  'status',
  'auto balance',
  'primary node',
  'secondary node',
  'disk template',
  'tags',
  'spindle use',
  'spindles',
  'forthcoming',
];
const POLICY_FIELDS = [
  'group',
  'standard specification',
  'least and most specifications',
  'disk templates',
  'virtual CPUs for each CPU',
  'spindle ratio',
];
/** What the tools take where a file has no policy. */
export const DEFAULT_VCPU_RATIO = 4;
/** Memory, CPUs, size and number of disks, network cards, spindles. */
const SPECIFICATION = /^\d+(,\d+){5,}$/;
/** How a number that could not be found out is written. */
const UNKNOWN = '?';

export function readGroup(reader: FieldReader, row: Row): GanetiGroup | undefined {
  if (!reader.complete(row, 4, 'groups', GROUP_FIELDS)) return undefined;
  reader.word(row, 2, 'allocation policy', ['preferred', 'last_resort', 'unallocable'], 'preferred');
  return { name: reader.name(row, 0, 'name of a group'), uuid: reader.name(row, 1, 'UUID of a group'), row };
}

export function readNode(
  reader: FieldReader,
  row: Row,
  groups: ReadonlyMap<string, GanetiGroup>,
): GanetiNode | undefined {
  if (!reader.complete(row, 9, 'nodes', NODE_FIELDS)) return undefined;
  const uuid = row.fields[8] ?? '';
  const group = groups.get(uuid);
  if (!group)
    reader.add('value', `There is no group with the UUID "${uuid}".${suggest(uuid, groups.keys())}`, placeIn(row, 8));
  const named = (index: number) => NODE_FIELDS[index] ?? '';
  const told = row.fields.slice(1, 7).every((field) => field !== UNKNOWN);
  const amount = (index: number, fallback = 0) =>
    told || index > 7 ? reader.amount(row, index, named(index), { fallback }) : 0;
  const role = reader.word(row, 7, 'role', ['M', 'N', 'Y'], 'N');
  const [memoryMiB, systemMiB, freeMiB] = [amount(1), amount(2), amount(3)];
  if (freeMiB > memoryMiB)
    reader.add('value', `More memory is free, ${freeMiB} MiB, than there is, ${memoryMiB} MiB.`, placeIn(row, 3));
  const cpus = amount(6);
  for (const [index, size] of [
    [1, memoryMiB],
    [6, cpus],
  ] as const)
    if (told && size === 0 && Number(row.fields[index]) === 0)
      reader.add(
        'value',
        `The ${named(index)} of a node cannot be 0; what is not known is written "${UNKNOWN}".`,
        placeIn(row, index),
      );
  const [diskMiB, freeDiskMiB] = [amount(4), amount(5)];
  if (freeDiskMiB > diskMiB)
    reader.add('value', `More disk is free, ${freeDiskMiB} MiB, than there is, ${diskMiB} MiB.`, placeIn(row, 5));
  for (const index of [9, 12, 14]) reader.amount(row, index, named(index));
  reader.word(row, 11, named(11), ['Y', 'N'], 'N');
  return {
    name: reader.name(row, 0, 'name of a node'),
    row,
    group: group?.name ?? '',
    memoryMiB,
    systemMiB,
    freeMiB,
    cpus,
    systemCpus: amount(13, 1),
    offline: role === 'Y' || !told,
    told,
    tags: reader.words(row, 10),
  };
}

export function readInstance(
  reader: FieldReader,
  row: Row,
  nodes: ReadonlyMap<string, GanetiNode>,
): GanetiInstance | undefined {
  if (!reader.complete(row, 10, 'instances', INSTANCE_FIELDS)) return undefined;
  const named = (index: number) => INSTANCE_FIELDS[index] ?? '';
  const [primary = '', secondary = ''] = [row.fields[6], row.fields[7]];
  const node = (index: number, name: string) => {
    if (!nodes.has(name))
      reader.add('unknown-host', `There is no node "${name}".${suggest(name, nodes.keys())}`, placeIn(row, index));
  };
  node(6, primary);
  if (secondary !== '') node(7, secondary);
  if (secondary !== '' && secondary === primary)
    reader.add('value', `The primary and the secondary node are the same, "${primary}".`, placeIn(row, 7));
  reader.amount(row, 2, named(2));
  reader.word(row, 5, named(5), ['Y', 'N'], 'Y');
  reader.amount(row, 10, named(10));
  if (row.fields[11] !== '-') reader.amount(row, 11, named(11));
  return {
    name: reader.name(row, 0, 'name of an instance'),
    row,
    memoryMiB: reader.amount(row, 1, named(1)),
    vcpus: Math.max(1, reader.amount(row, 3, named(3), { whole: true })),
    status: reader.word(row, 4, named(4), Object.keys(STATUSES) as Status[], 'running'),
    primary,
    secondary,
    template: reader.word(row, 8, named(8), Object.keys(TEMPLATES) as Template[], 'ext'),
    tags: reader.words(row, 9),
    forthcoming: reader.word(row, 12, named(12), ['Y', 'N'], 'N') === 'Y',
  };
}

/** The policy of a group, or of the cluster where the group is empty. */
export function readPolicy(
  reader: FieldReader,
  row: Row,
  groups: ReadonlyMap<string, GanetiGroup>,
): readonly [group: string, GanetiPolicy] | undefined {
  if (!reader.complete(row, 6, 'policies', POLICY_FIELDS)) return undefined;
  const [group = '', standard = '', bounds = ''] = row.fields;
  const names = [...groups.values()].map(({ name }) => name);
  if (group !== '' && !names.includes(group))
    reader.add('value', `There is no group "${group}".${suggest(group, names)}`, placeIn(row));
  if (!SPECIFICATION.test(standard))
    reader.add('value', `The standard specification "${standard}" is not six numbers.`, placeIn(row, 1));
  const pairs = bounds.split(';');
  if (pairs.length % 2 !== 0 || !pairs.every((one) => SPECIFICATION.test(one)))
    reader.add('value', `"${bounds}" are not pairs of least and most, each of six numbers.`, placeIn(row, 2));
  for (const template of reader.words(row, 3))
    if (!Object.hasOwn(TEMPLATES, template))
      reader.add(
        'value',
        `There is no disk template "${template}".${suggest(template, Object.keys(TEMPLATES))}`,
        placeIn(row, 3),
      );
  reader.amount(row, 5, POLICY_FIELDS[5] ?? '');
  return [group, { vcpuRatio: reader.amount(row, 4, POLICY_FIELDS[4] ?? '', { fallback: DEFAULT_VCPU_RATIO }) }];
}
