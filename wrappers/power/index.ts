/**
 * Ways to switch hosts on and off, one file each. The one interface is `PowerControl` (`core/model/power.ts`). To add one:
 * its settings in `PowerSettings`, their attributes in `diagrams/deployment/power.ts`, a class here, a line in
 * {@link powerOf}, and its call in the callers of `test/contract/power.contract.ts`.
 */
import type { Executor } from '../../core/model/executor.js';
import type { Hypervisor } from '../../core/model/hypervisor.js';
import type { PowerControl, PowerSettings } from '../../core/model/power.js';
import type { Programs } from '../machine/programs.js';
import { CommandPower } from './command.js';
import { answers, guarded } from './guarded.js';
import { IpmiPower } from './ipmi.js';
import { WakeOnLanPower } from './wake-on-lan.js';

export { CommandPower } from './command.js';
export { guarded } from './guarded.js';
export { IpmiPower } from './ipmi.js';
export { magicPacket, sendMagicPacket } from './magic-packet.js';
export { WakeOnLanPower } from './wake-on-lan.js';

export interface PoweredHost {
  readonly name: string;
  readonly hypervisor: Pick<Hypervisor, 'list'>;
  readonly executor: Executor;
}

/** The control of a host as its deployment describes it. */
export function powerOf(host: PoweredHost, settings: PowerSettings, programs: Programs): PowerControl {
  return guarded(host.name, host.hypervisor, controlOf(host, settings, programs));
}

function controlOf(
  { name, hypervisor, executor }: PoweredHost,
  settings: PowerSettings,
  programs: Programs,
): PowerControl {
  switch (settings.by) {
    case 'ipmi':
      return new IpmiPower(name, settings, programs);
    case 'command':
      return new CommandPower(name, settings, programs);
    case 'wake-on-lan':
      return new WakeOnLanPower(name, settings, { executor, answers: () => answers(hypervisor) });
  }
}
