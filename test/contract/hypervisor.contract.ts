import { AttituneError } from '../../core/model/errors.js';
import type { Domain, Hypervisor } from '../../core/model/hypervisor.js';
import type { HypervisorContext } from './hypervisor-context.js';
import { connectionContract } from './hypervisor-connection.contract.js';
import { cpuWeightContract } from './hypervisor-cpu-weight.contract.js';
import { definitionContract } from './hypervisor-definition.contract.js';
import { errorsContract } from './hypervisor-errors.contract.js';
import { guestContract } from './hypervisor-guest.contract.js';
import { hostContract } from './hypervisor-host.contract.js';
import { lifeCycleContract } from './hypervisor-life-cycle.contract.js';
import { migrationContract } from './hypervisor-migration.contract.js';
import { movedDefinitionContract } from './hypervisor-moved-definition.contract.js';
import { neverTwiceContract } from './hypervisor-never-twice.contract.js';
import { scalingContract } from './hypervisor-scaling.contract.js';
import { storageContract } from './hypervisor-storage.contract.js';

const PARTS = [
  hostContract,
  lifeCycleContract,
  definitionContract,
  scalingContract,
  cpuWeightContract,
  errorsContract,
  connectionContract,
  guestContract,
  storageContract,
  migrationContract,
  movedDefinitionContract,
  neverTwiceContract,
];

/** What is gone, or off, already. */
const unlessGone = (error: unknown) => {
  if (!AttituneError.is(error, 'domain-not-found') && !AttituneError.is(error, 'domain-state')) throw error;
};

async function remove(context: HypervisorContext, hypervisor: Hypervisor, { name, state, persistent }: Domain) {
  if (state !== 'shutoff') await context.settle(hypervisor.destroy(name)).catch(unlessGone);
  if (persistent) await context.settle(hypervisor.undefine(name)).catch(unlessGone);
}

/** Powers off and undefines whatever a test left behind on either host. */
async function clear(context: HypervisorContext): Promise<void> {
  for (const hypervisor of [context.source, context.target?.hypervisor]) {
    if (!hypervisor) continue;
    for (const domain of await context.settle(hypervisor.list()))
      if (domain.name.startsWith('contract-')) await remove(context, hypervisor, domain);
  }
}

/** What every `Hypervisor` promises. `makeContext` is called once, before the first test. */
export function hypervisorContract(name: string, makeContext: () => Promise<HypervisorContext>): void {
  describe(`${name} keeps the contract of a hypervisor`, function () {
    this.timeout(60_000);
    let context: HypervisorContext;
    let dispose = () => Promise.resolve();

    before(async function () {
      this.timeout(15 * 60_000); // the lab builds its image the first time
      context = await makeContext();
      dispose = () => context.dispose();
    });
    afterEach(() => clear(context));
    after(() => dispose());

    for (const part of PARTS) part(() => context);
  });
}
