import { AttituneError } from '../../core/model/errors.js';
import type { DirectBoot, DiskDescription, DomainDescription } from '../../core/model/hypervisor.js';
import type { DomainRequest, HostAccess, UpOptions } from '../../core/model/infrastructure.js';
import type { Random } from '../../core/model/random.js';
import { guestCommandLine } from '../vm/image/index.js';
import {
  checkDomainName,
  freshAddress,
  freshMac,
  freshUuid,
  LABELS,
  readTaken,
  type FixedAddress,
  type Taken,
} from '../vm/identity/index.js';
import type { VmHost } from './vm-host.js';

/** The disks of a new domain, and what boots it. */
export interface MadeDisks {
  readonly disks: readonly DiskDescription[];
  /** Absent: the first disk boots by firmware. */
  readonly boot?: Omit<DirectBoot, 'commandLine'>;
  /** Device of the swap disk, where there is one. */
  readonly swap?: string;
}

/** Makes disks from images in a host's storage pool. */
export interface DiskMaker {
  /** Rejects with nothing left behind: `value` for an unknown image, `image-build`, `no-capacity`, `storage-exists` … */
  make(host: HostAccess, pool: string, request: NewDomain, options: UpOptions): Promise<MadeDisks>;
  /** Deletes what `make` made; what is not there is no error. */
  remove(host: HostAccess, pool: string, name: string): Promise<void>;
}

/** What a new domain is to be, beyond size and image. */
export interface NewDomain extends DomainRequest {
  /** Instead of what the host's attributes say. */
  readonly bridge?: string;
  readonly network?: string;
  /** An address that is asked for; it must be of the host's range. */
  readonly address?: string;
  /** Takes disks of that name that are there already, as those of a machine that has stopped. */
  readonly reuse?: boolean;
}

export interface PreparedNewDomain {
  readonly description: DomainDescription;
  /** Absent: the guest asks by DHCP. */
  readonly address?: string;
}

export interface PreparerParts {
  readonly disks: DiskMaker;
  readonly random: Random;
  /** Whether somebody has that address. */
  readonly answers: (address: string) => Promise<boolean>;
}

const LONGEST_PAUSE_MS = 2000;

/** Prepares new domains on libvirt hosts: disks, identity, network; and takes that back. */
export class DomainPreparer {
  /** What was given out by this process and may not be seen on any host yet, by name. */
  readonly #given = new Map<string, { readonly mac: string; readonly uuid: string; readonly address?: string }>();
  #turn: Promise<unknown> = Promise.resolve();

  constructor(private readonly parts: PreparerParts) {}

  /**
   * Makes the disks on the host and an identity that no domain of `hosts` has. Rejects with nothing left behind, with
   * `value` for names, images and addresses that cannot be, `domain-exists` where a host has a domain of that name.
   */
  async prepare(
    host: VmHost,
    hosts: readonly HostAccess[],
    request: NewDomain,
    options: UpOptions,
  ): Promise<PreparedNewDomain> {
    checkDomainName(request.name);
    const network = networkOf(host, request);
    const pool = await host.pool();
    const identity = this.#identify(host, hosts, request);
    // it is awaited below; should the disks fail first, its failure is no news any more
    identity.catch(() => undefined);
    // a name that is taken must not cost its owner the disks
    await this.#refuseTakenName(hosts, request.name);
    try {
      const made = await this.parts.disks.make(host, pool, request, options);
      try {
        const { mac, uuid, address } = await identity;
        const { domainTypes } = await host.hypervisor.capabilities();
        // emulated processors pay much for guarding against other guests, which are too slow to gain anything by it
        const guest = {
          name: request.name,
          swap: made.swap,
          httpPort: request.httpPort,
          trusting: domainTypes[0] === 'qemu',
          ...(address === undefined ? {} : { address }),
        };
        options.signal.throwIfAborted();
        const description: DomainDescription = {
          name: request.name,
          uuid,
          memoryMiB: request.memoryMiB,
          ...(request.maxMemoryMiB === undefined ? {} : { maxMemoryMiB: request.maxMemoryMiB }),
          vcpus: request.vcpus,
          ...(request.maxVcpus === undefined ? {} : { maxVcpus: request.maxVcpus }),
          disks: made.disks,
          ...(made.boot ? { boot: { ...made.boot, commandLine: guestCommandLine(guest) } } : {}),
          networks: [{ ...network, mac }],
          ...consoleOf(host, request.name),
          labels: {
            [LABELS.image]: request.image,
            ...(address === undefined ? {} : { [LABELS.address]: address.address }),
          },
        };
        return { description, ...(address === undefined ? {} : { address: address.address }) };
      } catch (error) {
        await this.parts.disks.remove(host, pool, request.name);
        throw error;
      }
    } catch (error) {
      await identity.catch(() => undefined);
      this.#given.delete(request.name);
      throw error;
    }
  }

  /** Deletes the disks of a domain that is gone, and lets its identity go. */
  async release(host: VmHost, name: string): Promise<void> {
    this.#given.delete(name);
    await this.parts.disks.remove(host, await host.pool(), name);
  }

  /** Keeps the disks: the domain is there now, so that everybody sees what it has. */
  settled(name: string): void {
    this.#given.delete(name);
  }

  /** How long to wait before the next attempt, where another process got in the way: of random length. */
  pauseMs(): number {
    return this.parts.random.next() * LONGEST_PAUSE_MS;
  }

  async #refuseTakenName(hosts: readonly HostAccess[], name: string): Promise<void> {
    const lists = await Promise.all(
      hosts.map(async (each) => ({ host: each.name, domains: await each.hypervisor.list() })),
    );
    const other = lists.find(({ domains }) => domains.some((domain) => domain.name === name));
    if (other) throw nameTaken(name, other.host);
  }

  /** One after the other: two must not find the same address free. */
  #identify(host: VmHost, hosts: readonly HostAccess[], request: NewDomain) {
    const turn = this.#turn.then(async () => {
      const range = host.settings.addresses;
      if (!range && request.address !== undefined) throw noRange(host, request.address);
      const seen = await readTaken(
        hosts.map(({ hypervisor }) => hypervisor),
        range !== undefined,
      );
      const taken = withGiven(seen, [...this.#given.values()]);
      const address = range && (await this.#address(range, taken, request.address));
      const identity = { mac: freshMac(this.parts.random, taken), uuid: freshUuid(this.parts.random, taken) };
      this.#given.set(request.name, { ...identity, ...(address ? { address: address.address } : {}) });
      return { ...identity, address };
    });
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  async #address(
    range: NonNullable<VmHost['settings']['addresses']>,
    taken: Taken,
    wanted: string | undefined,
  ): Promise<FixedAddress> {
    if (wanted === undefined) return freshAddress(range, taken, this.parts.answers);
    const { prefix, gateway } = range;
    if (taken.addresses.has(wanted) || (await this.parts.answers(wanted))) {
      throw new AttituneError('value', `The address ${wanted} is taken already. Leave it out to get a free one.`);
    }
    return { address: wanted, prefix, ...(gateway === undefined ? {} : { gateway }) };
  }
}

/** Where every host with libvirt has a folder for logs. */
function consoleOf({ hypervisor }: VmHost, name: string): Pick<DomainDescription, 'consoleLog'> {
  return hypervisor.uri.startsWith('qemu') ? { consoleLog: `/var/log/libvirt/${name}-console.log` } : {};
}

/** Throws `value` where both are asked for. */
function networkOf(
  { name, settings }: VmHost,
  { bridge, network }: NewDomain,
): { readonly bridge: string } | { readonly network: string } {
  if (bridge !== undefined && network !== undefined)
    throw new AttituneError('value', 'A virtual machine is on a bridge or on a network: name one of the two.');
  if (bridge !== undefined) return { bridge };
  if (network !== undefined) return { network };
  if (settings.bridge !== undefined) return { bridge: settings.bridge };
  if (settings.network !== undefined) return { network: settings.network };
  throw new AttituneError('value', `The host ${name} names no network for its virtual machines.`);
}

function withGiven(
  { names, uuids, macs, addresses }: Taken,
  given: readonly { readonly mac: string; readonly uuid: string; readonly address?: string }[],
): Taken {
  const own = given.flatMap(({ address }) => (address === undefined ? [] : [address]));
  return {
    names,
    uuids: new Set([...uuids, ...given.map(({ uuid }) => uuid)]),
    macs: new Set([...macs, ...given.map(({ mac }) => mac)]),
    addresses: new Set([...addresses, ...own]),
  };
}

function nameTaken(name: string, host: string): AttituneError {
  return new AttituneError(
    'domain-exists',
    `${host} already has a virtual machine ${name}. Choose another name, or remove that one.`,
  );
}

function noRange({ name }: VmHost, address: string): AttituneError {
  return new AttituneError(
    'value',
    `${address} cannot be given: guests on ${name} ask for their addresses by DHCP. Give the host the attribute "addresses" to choose them.`,
  );
}
