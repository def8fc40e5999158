import { AttituneError } from '../model/errors.js';
import type { Domain } from '../model/hypervisor.js';
import type { HostAccess } from '../model/infrastructure.js';

/** What a host said when it was asked. */
export type HostView =
  | {
      readonly host: string;
      readonly domains: readonly Domain[];
      /** Names of those that the host is migrating, away or here. */
      readonly migrating: ReadonlySet<string>;
      /** Names of those of which the host cannot tell that. */
      readonly unsure: ReadonlySet<string>;
    }
  | { readonly host: string; readonly silent: string };

/**
 * Asks every host for its domains, and of those that `ofInterest` names and that are on two hosts, whether they migrate.
 * Rejects with anything but `host-unreachable`: that is an answer.
 */
export async function viewHosts(
  hosts: readonly HostAccess[],
  ofInterest: ReadonlySet<string>,
): Promise<readonly HostView[]> {
  const lists = await Promise.all(hosts.map(async (access) => ({ access, domains: await answerOf(access) })));
  const count = new Map<string, number>();
  for (const { domains } of lists)
    if (typeof domains !== 'string') for (const { name } of domains) count.set(name, (count.get(name) ?? 0) + 1);
  return await Promise.all(
    lists.map(async ({ access, domains }): Promise<HostView> => {
      if (typeof domains === 'string') return { host: access.name, silent: domains };
      const twice = domains
        .map(({ name }) => name)
        .filter((name) => ofInterest.has(name) && (count.get(name) ?? 0) > 1);
      const told = await Promise.all(twice.map(async (name) => ({ name, migrates: await migrates(access, name) })));
      const named = (answer: boolean | undefined) =>
        new Set(told.filter((one) => one.migrates === answer).map(({ name }) => name));
      return { host: access.name, domains, migrating: named(true), unsure: named(undefined) };
    }),
  );
}

async function answerOf({ hypervisor }: HostAccess): Promise<readonly Domain[] | string> {
  try {
    return await hypervisor.list();
  } catch (error) {
    if (AttituneError.is(error, 'host-unreachable')) return error.message;
    throw error;
  }
}

/** `undefined` where the host cannot tell. */
async function migrates({ hypervisor }: HostAccess, name: string): Promise<boolean | undefined> {
  if (!hypervisor.migrationOf) return undefined;
  return await hypervisor.migrationOf(name).then(
    (progress) => progress !== undefined,
    // one that is gone since it was listed migrates no more
    (error: unknown) => (AttituneError.is(error, 'domain-not-found') ? false : undefined),
  );
}
