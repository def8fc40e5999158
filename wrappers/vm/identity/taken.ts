import { AttituneError } from '../../../core/model/errors.js';
import type { DomainDetails, Hypervisor } from '../../../core/model/hypervisor.js';

/** Labels of a domain: what AttiTUNe must know of it, kept with it by the hypervisor. */
export const LABELS = { image: 'image', address: 'address' } as const;

/** What the domains of some hosts have, so that a new one gets something else. */
export interface Taken {
  /** By name, the host that the domain is on. */
  readonly names: ReadonlyMap<string, string>;
  readonly uuids: ReadonlySet<string>;
  /** In lower case. */
  readonly macs: ReadonlySet<string>;
  readonly addresses: ReadonlySet<string>;
}

/**
 * Asks every host, running domains or not. `leases`: also which addresses guests have by DHCP or by themselves. Rejects
 * with `host-unreachable` where one does not answer: what it has could be just what a new domain gets.
 */
export async function readTaken(hosts: readonly Hypervisor[], leases = false): Promise<Taken> {
  const names = new Map<string, string>();
  const uuids = new Set<string>();
  const macs = new Set<string>();
  const addresses = new Set<string>();
  await Promise.all(
    hosts.map(async (hypervisor) => {
      const domains = await hypervisor.list();
      await Promise.all(
        domains.map(async ({ name, uuid, state }) => {
          names.set(name, hypervisor.host);
          uuids.add(uuid);
          const details = await hypervisor.describe(name).catch(goneMeanwhile);
          for (const { mac } of details?.description.networks ?? []) macs.add(mac.toLowerCase());
          for (const address of details ? fixedAddresses(details) : []) addresses.add(address);
          if (!leases || state !== 'running') return;
          for (const address of await hypervisor.addresses(name).catch(notTold)) addresses.add(address);
        }),
      );
    }),
  );
  return { names, uuids, macs, addresses };
}

/** The addresses that a domain has from outside: its label, and what its kernel is told. */
export function fixedAddresses({ description }: Pick<DomainDetails, 'description'>): readonly string[] {
  const label = description.labels?.[LABELS.address];
  const word = /(?:^|\s)attitune\.ip=(\d[\d.]*)/.exec(description.boot?.commandLine ?? '')?.[1];
  return [label, word].filter((address) => address !== undefined);
}

/** For a domain that is described: it may have gone since it was listed. */
export function goneMeanwhile(error: unknown): undefined {
  if (AttituneError.is(error, 'domain-not-found')) return undefined;
  throw error;
}

/** A guest without an agent tells none; the host itself must answer. */
function notTold(error: unknown): readonly string[] {
  if (AttituneError.is(error, 'host-unreachable')) throw error;
  return [];
}
