import { powerOfHost } from '../../../wrappers/hosts/index.js';
import type { Programs } from '../../../wrappers/machine/programs.js';
import { delay, SystemClock, type Clock } from '../../model/clock.js';
import type { HostEntry } from '../../model/deployment.js';
import { AttituneError } from '../../model/errors.js';
import type { Hypervisor } from '../../model/hypervisor.js';
import type { PowerState } from '../../model/power.js';
import { suggest } from '../../xml/index.js';
import { selectHosts, type HostOptions } from './host-selection.js';

/** What can be asked for. */
export const SWITCHES = ['on', 'off', 'status'] as const;
export type Switch = (typeof SWITCHES)[number];

const LOOK_EVERY_MS = 1000;

export interface SwitchParts {
  /** How long it may take until the host is as it was asked for. */
  readonly withinMs: number;
  readonly signal: AbortSignal;
  readonly clock?: Clock;
  readonly connect?: (host: Pick<HostEntry, 'name' | 'uri'>) => Promise<Hypervisor>;
  readonly programs?: Programs;
}

/**
 * Switches a host of the options on or off, or only asks, and resolves with how it is then; `unknown` of one that nobody can
 * ask, such as one that is woken by its network card and does not answer. Rejects with `unknown-host`, `power`, `operation-timeout`.
 */
export async function switchHost(
  name: string,
  what: Switch,
  options: HostOptions,
  parts: SwitchParts,
): Promise<PowerState> {
  const { withinMs, signal, clock = new SystemClock(), connect = connectLibvirt, programs } = parts;
  const { entries } = await selectHosts(options);
  const entry = entries.find((host) => host.name === name);
  if (!entry) {
    const names = entries.map((host) => host.name);
    const there = `There is no host "${name}" (there are ${names.join(', ')}).${suggest(name, names)}`;
    throw new AttituneError('unknown-host', there);
  }
  const control = powerOfHost(entry, { clock, connect, ...(programs ? { programs } : {}) });
  if (what === 'status') return await control.state();
  await control[what]();
  const until = clock.now() + withinMs;
  for (;;) {
    const state = await control.state();
    // one that does not answer any more, and that nobody can ask, is as far off as can be told
    if (state === what || (what === 'off' && state === 'unknown')) return state;
    if (clock.now() >= until) {
      const text = `${name} was told to go ${what}, and is ${state} after ${withinMs / 1000} s.`;
      throw new AttituneError('operation-timeout', text);
    }
    await delay(clock, LOOK_EVERY_MS, signal);
  }
}

async function connectLibvirt({ name, uri }: Pick<HostEntry, 'name' | 'uri'>): Promise<Hypervisor> {
  // asking a management controller needs none of it
  const { LibvirtHypervisor } = await import('../../../wrappers/libvirt/index.js');
  return await LibvirtHypervisor.connect({ host: name, uri });
}
