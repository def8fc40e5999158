import type { Clock } from '../model/clock.js';
import { AttituneError } from '../model/errors.js';
import type { Hypervisor } from '../model/hypervisor.js';
import { LibvirtHypervisor, ReconnectingHypervisor } from '../../wrappers/libvirt/index.js';
import { MACHINE_RANDOM } from '../../wrappers/vm/identity/index.js';

/**
 * A connection that is made again whenever it is lost. A host that does not answer yet is taken as lost; anything else
 * that is wrong with the first attempt is not passed over.
 */
export async function lastingConnection(
  { name, uri }: { readonly name: string; readonly uri: string },
  clock: Clock,
): Promise<Hypervisor> {
  let failure: unknown;
  const connect = async () => {
    try {
      return await LibvirtHypervisor.connect({ host: name, uri, clock });
    } catch (error) {
      failure ??= error;
      throw error;
    }
  };
  const hypervisor = await ReconnectingHypervisor.open({
    host: name,
    uri,
    connect,
    clock,
    random: MACHINE_RANDOM,
    startLost: true,
  });
  if (hypervisor.connected || AttituneError.is(failure, 'host-unreachable')) return hypervisor;
  await hypervisor.close();
  throw failure;
}
