import { dirname } from 'node:path';
import { AttituneError } from '../../core/model/errors.js';
import type { DomainDescription, DomainDetails, Hypervisor } from '../../core/model/hypervisor.js';
import type { HostAccess } from '../../core/model/infrastructure.js';
import type { StoragePool, Volume } from '../../core/model/storage.js';
import { hostMemory } from './memory-room.js';
import type { HostFacts, MigrationFacts, NeededFile } from './preflight.js';

/** What is asked of the hosts; what only the queue knows comes to it at the moment of the decision. */
export type AskedFacts = Omit<MigrationFacts, 'arriving' | 'underWay' | 'memoryMiB'>;

type AskedHost = Pick<HostAccess, 'name' | 'hypervisor'>;

const NOT_RUNNING: ReadonlySet<string> = new Set(['shutoff', 'crashed']);

/**
 * Asks both hosts what a migration of the domain depends on. Rejects with `host-unreachable` where the source does not
 * answer; what else cannot be learnt is left out.
 */
export async function collectFacts(domain: string, from: AskedHost, to: AskedHost): Promise<AskedFacts> {
  const [details, source] = await Promise.all([describe(from.hypervisor, domain), hostFacts(from.hypervisor)]);
  const base = { domain, from: from.name, to: to.name, source, ...(details && { details }) };
  const listed = await to.hypervisor.list().catch((error: unknown) => AttituneError.from(error, 'host-unreachable'));
  if (listed instanceof AttituneError) return { ...base, unreachable: listed.message, files: [] };
  const target = await hostFacts(to.hypervisor);
  const namesakes = listed
    .filter(({ name, uuid }) => name === domain || uuid === details?.uuid)
    .map(({ name, uuid, state }) => ({ name, uuid, active: !NOT_RUNNING.has(state) }));
  if (!details) return { ...base, target: { ...target, namesakes, heldDisks: [] }, files: [] };
  const others = listed.filter(({ uuid, state }) => uuid !== details.uuid && !NOT_RUNNING.has(state));
  const [memory, cpu, heldDisks, files] = await Promise.all([
    known(hostMemory(to.hypervisor)),
    compareCpu(from.hypervisor, to.hypervisor, details),
    disksHeld(to.hypervisor, details.description, others),
    neededFiles(from.hypervisor, to.hypervisor, details.description),
  ]);
  const domainType = domainTypeOf(details.description);
  return {
    ...base,
    target: { ...target, namesakes, heldDisks, ...(memory && { memory }), ...(cpu && { cpu }) },
    files,
    ...(domainType !== undefined && { domainType }),
  };
}

/** What a host does not tell speaks against nothing. */
function known<T>(asked: Promise<T>): Promise<T | undefined> {
  return asked.catch(() => undefined);
}

async function describe(hypervisor: Hypervisor, domain: string): Promise<DomainDetails | undefined> {
  try {
    return await hypervisor.describe(domain);
  } catch (error) {
    if (AttituneError.is(error, 'domain-not-found')) return undefined;
    throw error;
  }
}

async function hostFacts(hypervisor: Hypervisor): Promise<HostFacts> {
  const [capabilities, networks] = await Promise.all([known(hypervisor.capabilities()), known(hypervisor.networks())]);
  return { ...capabilities, ...(networks && { networks }) };
}

async function compareCpu(from: Hypervisor, to: Hypervisor, { name, state }: DomainDetails) {
  // what does not run takes the CPU that it finds when it starts
  const cpu = NOT_RUNNING.has(state) ? undefined : await known(from.cpuOf(name));
  if (cpu === undefined) return undefined;
  return to.compareCpu(cpu).catch((error: unknown) => ({ unknown: AttituneError.from(error).message }));
}

/** Where the hypervisor's own document says it; descriptions do not. */
function domainTypeOf({ document }: DomainDescription): string | undefined {
  return /<domain\b[^>]*\btype=["']([\w-]+)["']/.exec(document ?? '')?.[1];
}

async function disksHeld(hypervisor: Hypervisor, own: DomainDescription, others: readonly { readonly name: string }[]) {
  const paths = new Set(own.disks.filter(({ readOnly }) => readOnly !== true).map(({ path }) => path));
  const described = await Promise.all(others.map(({ name }) => known(hypervisor.describe(name))));
  return described.flatMap((other) =>
    (other?.description.disks ?? [])
      .filter(({ path, readOnly }) => readOnly !== true && paths.has(path))
      .map(({ path }) => ({ path, by: other?.name ?? '' })),
  );
}

/** The files of a domain, those that its disks are overlays on included, with the pools that they are in. */
async function neededFiles(
  from: Hypervisor,
  to: Hypervisor,
  { disks, boot }: DomainDescription,
): Promise<readonly NeededFile[]> {
  const [here, there] = [new Pools(from), new Pools(to)];
  const wanted: { readonly path: string; readonly what: NeededFile['what'] }[] = [
    ...disks.map(({ path }) => ({ path, what: 'disk' }) as const),
    ...(boot ? ([{ path: boot.kernel, what: 'kernel' }] as const) : []),
    ...(boot ? ([{ path: boot.initrd, what: 'initial file system' }] as const) : []),
  ];
  const files: NeededFile[] = [];
  const seen = new Set<string>();
  for (let next = wanted.shift(); next; next = wanted.shift()) {
    const { path, what } = next;
    if (seen.has(path)) continue;
    seen.add(path);
    const [source, target] = await Promise.all([here.find(path), there.find(path)]);
    if (source?.volume?.backing) wanted.push({ path: source.volume.backing.path, what: 'backing file' });
    files.push({
      path,
      what,
      ...(source && { source: { pool: source.pool.name, type: source.pool.type } }),
      ...(target && {
        target: { pool: target.pool.name, type: target.pool.type, present: target.volume !== undefined },
      }),
    });
  }
  return files;
}

/** The storage of one host, each pool read once. */
class Pools {
  readonly #pools: Promise<readonly StoragePool[]>;
  readonly #volumes = new Map<string, Promise<readonly Volume[] | undefined>>();

  constructor(private readonly hypervisor: Hypervisor) {
    this.#pools = known(hypervisor.storage.pools()).then((pools) => pools ?? []);
  }

  /** The active pool whose folder holds the file, and its volume where the host has that; `undefined` where it tells none. */
  async find(path: string): Promise<{ readonly pool: StoragePool; readonly volume?: Volume } | undefined> {
    const pool = (await this.#pools).find((one) => one.active && one.path === dirname(path));
    if (!pool) return undefined;
    const read = this.#volumes.get(pool.name) ?? known(this.hypervisor.storage.volumes(pool.name));
    this.#volumes.set(pool.name, read);
    const volumes = await read;
    if (!volumes) return undefined;
    const volume = volumes.find((one) => one.path === path);
    return { pool, ...(volume && { volume }) };
  }
}
