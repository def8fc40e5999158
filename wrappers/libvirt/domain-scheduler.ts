/** What a domain gets of its host's CPU beside others. */
import { AttituneError } from '../../core/model/errors.js';
import { checkCpuWeight } from '../../core/model/cpu-weight.js';
import { lookupDomain } from './domain.js';
import { recoded } from './errors.js';
import type { RpcConnection } from './rpc/connection.js';
import { remoteProcedures } from './rpc/procedures.js';
import type { TypedParameter } from './typed-parameters.js';

/** The parameter of each scheduler that is a weight; QEMU's is `posix`, that of the test driver `fair`. */
const WEIGHT_OF: Readonly<Record<string, (weight: number) => TypedParameter>> = {
  posix: (weight) => ({ field: 'cpu_shares', value: { type: 'ullong', value: BigInt(weight) } }),
  fair: (weight) => ({ field: 'weight', value: { type: 'uint', value: weight } }),
  credit: (weight) => ({ field: 'weight', value: { type: 'uint', value: weight } }),
};

/** What runs now; the definition stays as it is (`VIR_DOMAIN_AFFECT_CURRENT`, the only one that every driver takes). */
const AFFECT_CURRENT = 0;

/** See `Hypervisor.setCpuWeight`. */
export async function setDomainCpuWeight(connection: RpcConnection, name: string, weight: number): Promise<void> {
  checkCpuWeight(name, weight);
  const dom = await lookupDomain(connection, name);
  if (dom.id < 0) throw new AttituneError('domain-state', `${name} does not run, so it has no share of the CPU.`);
  try {
    const { type } = await connection.call(remoteProcedures.domainGetSchedulerType, { dom });
    const parameter = WEIGHT_OF[type];
    if (!parameter) throw new AttituneError('hypervisor', `The scheduler "${type}" of ${name} knows no weights.`);
    const params = [parameter(weight)];
    await connection.call(remoteProcedures.domainSetSchedulerParametersFlags, { dom, params, flags: AFFECT_CURRENT });
  } catch (error) {
    // without the controller libvirt calls the operation invalid, as if the domain were to blame
    if (AttituneError.is(error, 'domain-state'))
      throw recoded(error, 'hypervisor', `${name} cannot be given a CPU weight: ${error.message}`);
    throw error;
  }
}
