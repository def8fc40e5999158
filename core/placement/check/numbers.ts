import type { Cluster, ClusterHost, ClusterVm, Demand } from '../cluster.js';
import type { ClusterPath, Faults } from './faults.js';

/** What a number may be: above 0, or from 0 on; whole. */
interface Range {
  readonly above?: number;
  readonly from?: number;
  readonly whole?: boolean;
}

type Ranges<T> = Readonly<Partial<Record<keyof T & string, Range>>>;

const NOT_NEGATIVE: Range = { from: 0 };
const POSITIVE: Range = { above: 0 };

const HOST: Ranges<ClusterHost> = {
  cpuCapacity: POSITIVE,
  cpus: POSITIVE,
  cpuUsed: NOT_NEGATIVE,
  memoryMiB: POSITIVE,
  memoryReservedMiB: NOT_NEGATIVE,
  poweredAt: {},
};

const VM: Ranges<ClusterVm> = {
  cpuUsed: NOT_NEGATIVE,
  vcpus: POSITIVE,
  memoryMiB: NOT_NEGATIVE,
  diskLoad: NOT_NEGATIVE,
  networkLoad: NOT_NEGATIVE,
  movedAt: {},
  dirtyMiBPerSecond: NOT_NEGATIVE,
  strain: NOT_NEGATIVE,
};

const DEMAND: Ranges<Demand> = {
  windowMs: NOT_NEGATIVE,
  samples: { from: 0, whole: true },
  mean: NOT_NEGATIVE,
  p50: NOT_NEGATIVE,
  p90: NOT_NEGATIVE,
  p95: NOT_NEGATIVE,
  max: NOT_NEGATIVE,
  predicted: NOT_NEGATIVE,
};

/** Numbers that are negative, not finite, or 0 where nothing could be weighed with it. */
export function checkNumbers(cluster: Cluster, faults: Faults): void {
  checkNumber(cluster.at, {}, ['at'], 'the time of the snapshot', faults);
  checkNumber(cluster.startedAt, {}, ['startedAt'], 'when the manager began', faults);
  cluster.hosts.forEach((host, at) => {
    const path = ['hosts', at];
    checkRecord(host, HOST, path, host.name, faults);
    if (host.overcommit)
      checkRecord(host.overcommit, { vcpus: POSITIVE, memory: POSITIVE }, [...path, 'overcommit'], host.name, faults);
    if (host.power) {
      host.power.watts.forEach((watts, step) => {
        checkNumber(watts, NOT_NEGATIVE, [...path, 'power', 'watts', step], `a power of ${host.name}`, faults);
      });
      checkNumber(
        host.power.offWatts,
        NOT_NEGATIVE,
        [...path, 'power', 'offWatts'],
        `offWatts of ${host.name}`,
        faults,
      );
    }
  });
  cluster.vms.forEach((vm, at) => {
    const path = ['vms', at];
    checkRecord(vm, VM, path, vm.name, faults);
    if (vm.demand) checkRecord(vm.demand, DEMAND, [...path, 'demand'], vm.name, faults);
    vm.moves?.forEach((move, index) => {
      checkRecord(move, { at: {}, cpu: NOT_NEGATIVE }, [...path, 'moves', index], vm.name, faults);
    });
  });
  checkConstraintNumbers(cluster, faults);
  checkNetworkNumbers(cluster, faults);
}

function checkConstraintNumbers({ constraints = [] }: Cluster, faults: Faults): void {
  constraints.forEach((constraint, at) => {
    const path = ['constraints', at];
    const name = `the constraint ${constraint.type} of ${constraint.of}`;
    checkNumber(constraint.least, { from: 0, whole: true }, [...path, 'least'], `least of ${name}`, faults);
    const most = { from: constraint.type === 'spread' ? 1 : 0, whole: true };
    checkNumber(constraint.most, most, [...path, 'most'], `most of ${name}`, faults);
    checkNumber(constraint.memoryMiB, NOT_NEGATIVE, [...path, 'memoryMiB'], `memoryMiB of ${name}`, faults);
    if (!checkNumber(constraint.cpu, NOT_NEGATIVE, [...path, 'cpu'], `cpu of ${name}`, faults)) return;
    if ((constraint.cpu ?? 0) > 1)
      faults.add(
        'value',
        [...path, 'cpu'],
        `cpu of ${name} is ${constraint.cpu}; it is a fraction of a host, from 0 to 1.`,
      );
  });
}

function checkNetworkNumbers({ network }: Cluster, faults: Faults): void {
  if (!network) return;
  checkNumber(network.otherwise, NOT_NEGATIVE, ['network', 'otherwise'], 'the distance of other hosts', faults);
  network.distances.forEach(({ between, distance }, at) => {
    checkNumber(
      distance,
      NOT_NEGATIVE,
      ['network', 'distances', at, 'distance'],
      `the distance of ${between.join(' and ')}`,
      faults,
    );
  });
  network.traffic.forEach(({ between, mbitPerSecond }, at) => {
    checkNumber(
      mbitPerSecond,
      NOT_NEGATIVE,
      ['network', 'traffic', at, 'mbitPerSecond'],
      `the traffic of ${between.join(' and ')}`,
      faults,
    );
  });
  const path = ['network', 'migrationMbitPerSecond'];
  checkNumber(network.migrationMbitPerSecond, POSITIVE, path, 'what a migration gets', faults);
}

function checkRecord<T extends object>(
  record: T,
  ranges: Ranges<T>,
  path: ClusterPath,
  name: string,
  faults: Faults,
): void {
  for (const [field, range] of Object.entries<Range | undefined>(ranges)) {
    const value = (record as Readonly<Record<string, unknown>>)[field];
    checkNumber(value, range ?? {}, [...path, field], `${field} of ${name}`, faults);
  }
}

/** False where it was told. What is absent is right; whether it may be absent is the type's matter. */
function checkNumber(value: unknown, range: Range, path: ClusterPath, what: string, faults: Faults): boolean {
  if (value === undefined) return true;
  const finite = typeof value === 'number' && Number.isFinite(value);
  const right =
    finite &&
    (range.above === undefined || value > range.above) &&
    (range.from === undefined || value >= range.from) &&
    (range.whole !== true || Number.isInteger(value));
  if (right) return true;
  const kind = range.whole === true ? 'a whole number' : 'a finite number';
  const bound =
    range.above !== undefined ? ` above ${range.above}` : range.from !== undefined ? `, at least ${range.from}` : '';
  faults.add(
    'value',
    path,
    `${what} is ${typeof value === 'number' ? value : JSON.stringify(value)}; it is ${kind}${bound}.`,
  );
  return false;
}
