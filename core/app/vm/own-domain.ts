import type { VmHost } from '../../../wrappers/hosts/index.js';
import { fixedAddresses, goneMeanwhile } from '../../../wrappers/vm/identity/index.js';
import { AttituneError } from '../../model/errors.js';
import type { DomainDescription } from '../../model/hypervisor.js';

/** Another process may have made a domain with the same name, or given out the same addresses, meanwhile: both give way. */
export async function refuseSecond(hosts: readonly VmHost[], own: DomainDescription): Promise<void> {
  const addresses = new Set(fixedAddresses({ description: own }));
  const macs = new Set(own.networks?.map(({ mac }) => mac));
  await Promise.all(
    hosts.map(async ({ name: host, hypervisor }) => {
      const others = (await hypervisor.list()).filter(({ uuid }) => uuid !== own.uuid);
      await Promise.all(
        others.map(async ({ name }) => {
          const details = await hypervisor.describe(name).catch(goneMeanwhile);
          const same =
            name === own.name
              ? 'name'
              : details && fixedAddresses(details).some((address) => addresses.has(address))
                ? 'address'
                : details?.description.networks?.some(({ mac }) => macs.has(mac)) === true
                  ? 'MAC address'
                  : undefined;
          if (same === undefined) return;
          throw new AttituneError(
            'domain-exists',
            `${name} on ${host} was made at the same time as ${own.name}, with the same ${same}. Try again.`,
            { details: { same } },
          );
        }),
      );
    }),
  );
}

/** Removes a domain if it is the one that was made here: another one of the same name stays. */
export async function removeOwn({ hypervisor }: VmHost, name: string, uuid: string | undefined): Promise<void> {
  const own = async () => (await hypervisor.list()).find((domain) => domain.name === name && domain.uuid === uuid);
  const passOver = (error: unknown) => {
    if (!AttituneError.is(error, 'domain-not-found') && !AttituneError.is(error, 'domain-state')) throw error;
  };
  const found = await own();
  if (!found) return;
  if (found.state !== 'shutoff') await hypervisor.destroy(name).catch(passOver);
  if (found.persistent) await hypervisor.undefine(name).catch(passOver);
}
