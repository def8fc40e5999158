import type { VmHost } from '../../../wrappers/hosts/index.js';
import { checkDomainName } from '../../../wrappers/vm/identity/index.js';
import { AttituneError } from '../../model/errors.js';
import type { Domain } from '../../model/hypervisor.js';
import { suggest } from '../../xml/index.js';
import type { Fleet } from './fleet.js';

/** A virtual machine where it is. */
export interface FoundVm {
  readonly host: VmHost;
  readonly domain: Domain;
}

const RUNS: ReadonlySet<string> = new Set(['running', 'blocked']);
const OFF: ReadonlySet<string> = new Set(['shutoff', 'crashed']);

/**
 * The one host that has a virtual machine. While it migrates, two have it, and it is where it runs. Rejects with
 * `domain-not-found`, `domain-doubled`, or `host-unreachable` where it may be on a host that is silent.
 */
export async function findVm(fleet: Fleet, name: string): Promise<FoundVm> {
  checkDomainName(name);
  const lists = await Promise.all(
    fleet.hosts.map(async (host) => (await host.hypervisor.list()).map((domain): FoundVm => ({ host, domain }))),
  );
  const everything = lists.flat();
  const found = everything.filter(({ domain }) => domain.name === name);
  // the strongest claim counts: running, then paused, then a definition alone
  for (const claims of [
    found.filter(({ domain }) => RUNS.has(domain.state)),
    found.filter(({ domain }) => !OFF.has(domain.state)),
    found,
  ]) {
    if (claims.length > 1) throw doubled(name, claims);
    if (claims[0]) return claims[0];
  }
  const [silent] = fleet.silent;
  if (silent) {
    const names = fleet.silent.map((host) => host.name).join(', ');
    throw new AttituneError(
      'host-unreachable',
      `No host that answers has a virtual machine ${name}, but it may be on ${names}: ${silent.error.message}`,
      { cause: silent.error },
    );
  }
  const names = everything.map(({ domain }) => domain.name);
  throw new AttituneError(
    'domain-not-found',
    `No host has a virtual machine ${name} (hosts: ${fleet.hosts.map((host) => host.name).join(', ')}).${suggest(name, names)}`,
  );
}

export function isOff({ state }: Domain): boolean {
  return OFF.has(state);
}

function doubled(name: string, claims: readonly FoundVm[]): AttituneError {
  const where = claims.map(({ host, domain }) => `${domain.state} on ${host.name}`).join(' and ');
  return new AttituneError(
    'domain-doubled',
    `${name} is ${where}, and it cannot be told which is the right one. Nothing was done. Destroy or undefine the wrong one with virsh on its host.`,
  );
}
