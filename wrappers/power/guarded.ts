import { AttituneError } from '../../core/model/errors.js';
import type { Domain, Hypervisor } from '../../core/model/hypervisor.js';
import type { PowerControl } from '../../core/model/power.js';

/**
 * Adds what no way of switching knows by itself: a host is not switched off while a domain runs on it, and one whose
 * hypervisor answers is on.
 */
export function guarded(host: string, hypervisor: Pick<Hypervisor, 'list'>, control: PowerControl): PowerControl {
  return {
    state: async () => {
      const state = await control.state();
      return state === 'unknown' && (await answers(hypervisor)) ? 'on' : state;
    },
    on: () => control.on(),
    off: async () => {
      const running = (await domains(hypervisor)).filter(({ state }) => state !== 'shutoff' && state !== 'crashed');
      if (running.length > 0)
        throw new AttituneError(
          'power',
          `${host} is not switched off: ${running.map(({ name }) => name).join(', ')} ${running.length === 1 ? 'runs' : 'run'} on it. Migrate or stop what runs first.`,
        );
      await control.off();
    },
  };
}

/** Whether a hypervisor can be reached. */
export async function answers(hypervisor: Pick<Hypervisor, 'list'>): Promise<boolean> {
  try {
    await hypervisor.list();
    return true;
  } catch (error) {
    if (AttituneError.is(error, 'host-unreachable')) return false;
    throw error;
  }
}

/** One that does not answer may be off already: its control knows. */
async function domains(hypervisor: Pick<Hypervisor, 'list'>): Promise<readonly Domain[]> {
  return await hypervisor.list().catch((error: unknown) => {
    if (AttituneError.is(error, 'host-unreachable')) return [];
    throw error;
  });
}
