import * as v from 'valibot';
import type { Cluster } from '../cluster.js';

/** The form of a cluster as a JSON document, `attitune-cluster` 1: what `attitune snapshot` writes and `attitune plan` reads. */

/** The field that says what a document is, and the form that this reader knows. */
export const VERSION_FIELD = 'attitune-cluster';
export const VERSION = 1;

const name = v.pipe(v.string(), v.minLength(1), v.maxLength(255));
const text = v.string();
const finite = v.pipe(v.number(), v.finite());
const amount = v.pipe(finite, v.minValue(0));
const whole = v.pipe(amount, v.integer());
const list = <S extends v.GenericSchema>(item: S) => v.pipe(v.array(item), v.readonly());
const pair = v.pipe(v.strictTuple([name, name]), v.readonly());

const power = v.strictObject({
  watts: v.pipe(v.array(amount), v.minLength(2), v.readonly()),
  offWatts: v.exactOptional(amount),
});

const host = v.strictObject({
  name,
  family: v.exactOptional(name),
  cpuCapacity: amount,
  cpus: v.exactOptional(amount),
  cpuUsed: v.exactOptional(amount),
  memoryMiB: amount,
  memoryReservedMiB: v.exactOptional(amount),
  overcommit: v.exactOptional(v.strictObject({ vcpus: v.exactOptional(amount), memory: v.exactOptional(amount) })),
  accepting: v.boolean(),
  closed: v.exactOptional(text),
  software: v.exactOptional(list(name)),
  power: v.exactOptional(power),
  powered: v.exactOptional(v.picklist(['on', 'off', 'changing'])),
  poweredAt: v.exactOptional(finite),
  cpuModels: v.exactOptional(list(name)),
});

const demand = v.strictObject({
  windowMs: amount,
  samples: whole,
  mean: amount,
  p50: amount,
  p90: amount,
  p95: amount,
  max: amount,
  predicted: v.exactOptional(amount),
});

const pastMove = v.strictObject({ at: finite, from: name, to: name, cpu: v.exactOptional(amount) });

const vm = v.strictObject({
  name,
  host: text,
  className: name,
  groups: v.exactOptional(list(name)),
  cpuUsed: v.exactOptional(amount),
  demand: v.exactOptional(demand),
  vcpus: amount,
  memoryMiB: amount,
  memoryLoad: v.exactOptional(amount),
  diskLoad: v.exactOptional(amount),
  networkLoad: v.exactOptional(amount),
  running: v.boolean(),
  home: v.exactOptional(name),
  movedAt: v.exactOptional(finite),
  moves: v.exactOptional(list(pastMove)),
  locked: v.exactOptional(text),
  dirtyMiBPerSecond: v.exactOptional(amount),
  cpuModel: v.exactOptional(name),
  strain: v.exactOptional(amount),
});

/** Without the place, which is that in the document. */
const constraint = v.strictObject({
  type: v.picklist(['spread', 'gather', 'pin', 'ban', 'reserve', 'online']),
  of: name,
  on: v.exactOptional(text),
  least: v.exactOptional(whole),
  most: v.exactOptional(whole),
  cpu: v.exactOptional(v.pipe(amount, v.maxValue(1))),
  memoryMiB: v.exactOptional(amount),
  strength: v.picklist(['hard', 'soft']),
});

const network = v.strictObject({
  distances: list(v.strictObject({ between: pair, distance: amount })),
  otherwise: amount,
  traffic: list(v.strictObject({ between: pair, mbitPerSecond: amount })),
  migrationMbitPerSecond: v.exactOptional(amount),
});

export const CLUSTER_SCHEMA = v.strictObject({
  [VERSION_FIELD]: v.literal(VERSION),
  at: finite,
  startedAt: v.exactOptional(finite),
  hosts: list(host),
  vms: list(vm),
  constraints: v.exactOptional(list(constraint)),
  network: v.exactOptional(network),
  work: v.exactOptional(list(v.strictObject({ component: name, value: amount, at: finite }))),
});
export type ClusterDocument = v.InferOutput<typeof CLUSTER_SCHEMA>;

type Missing<A, B> = Exclude<keyof A, keyof B>;
type Of<T extends readonly unknown[] | undefined> = NonNullable<T>[number];
/** Compiles only where nothing is left over: a field of a cluster that its documents would lose. */
type Nothing<Left extends Readonly<Record<string, never>>> = Left;
export type NoFieldIsForgotten = Nothing<{
  readonly cluster: Missing<Cluster, ClusterDocument>;
  readonly hosts: Missing<Of<Cluster['hosts']>, Of<ClusterDocument['hosts']>>;
  readonly vms: Missing<Of<Cluster['vms']>, Of<ClusterDocument['vms']>>;
  readonly constraints: Exclude<Missing<Of<Cluster['constraints']>, Of<ClusterDocument['constraints']>>, 'place'>;
  readonly network: Missing<NonNullable<Cluster['network']>, NonNullable<ClusterDocument['network']>>;
}>;
