import type { VmHost } from '../../../wrappers/hosts/index.js';
import { waitUntilGone } from '../../../wrappers/vm/domain-life.js';
import { guestAnswers } from '../../../wrappers/vm/guest-answers.js';
import { AttituneError } from '../../model/errors.js';
import { findVm, isOff, type FoundVm } from './find-vm.js';
import { requireAll, type Fleet, type Task } from './fleet.js';

/** What was done, and whether anything had to be. */
export interface LifeOutcome {
  readonly host: string;
  readonly changed: boolean;
  /** For people: `running`, `powered off`. */
  readonly state: string;
}

/** Starts a virtual machine, or lets a suspended one go on, and waits for its guest. Where it runs already nothing is done. */
export async function startVm(
  fleet: Fleet,
  name: string,
  options: { readonly ignoreUnreachable: boolean; readonly bootTimeoutMs: number; readonly wait: boolean },
  task: Task,
): Promise<LifeOutcome> {
  requireAll(fleet, `${name} could run there already`, options.ignoreUnreachable);
  const { host, domain } = await findVm(fleet, name);
  if (domain.state === 'paused') return resumeVm(fleet, name);
  if (!isOff(domain)) return { host: host.name, changed: false, state: 'running' };
  await host.hypervisor.start(name);
  task.onProgress(`${name}: waiting for the guest`);
  if (options.wait)
    await guestAnswers(host, name, { clock: fleet.clock, withinMs: options.bootTimeoutMs, signal: task.signal });
  return { host: host.name, changed: true, state: 'running' };
}

/** Asks the guest to shut down, and powers it off where it has not after `graceMs`. */
export async function shutdownVm(fleet: Fleet, name: string, graceMs: number, task: Task): Promise<LifeOutcome> {
  const { host, domain } = await findVm(fleet, name);
  if (isOff(domain)) return { host: host.name, changed: false, state: 'off' };
  const asked = domain.state === 'paused' ? undefined : await ask(host, name);
  if (asked === 'gone') return { host: host.name, changed: true, state: 'shut down' };
  if (asked === undefined) task.say(`${name} is suspended and cannot shut down: its power is cut.`);
  else {
    task.onProgress(`${name}: waiting until the guest has shut down`);
    if (await waitUntilGone(host, name, graceMs, fleet.clock, task.signal))
      return { host: host.name, changed: true, state: 'shut down' };
    task.say(`${name} did not shut down within ${graceMs / 1000} s: its power is cut.`);
  }
  await host.hypervisor.destroy(name).catch((error: unknown) => {
    if (!AttituneError.is(error, 'domain-not-found') && !AttituneError.is(error, 'domain-state')) throw error;
  });
  return { host: host.name, changed: true, state: 'powered off' };
}

async function ask(host: VmHost, name: string): Promise<'asked' | 'gone'> {
  try {
    await host.hypervisor.shutdown(name);
    return 'asked';
  } catch (error) {
    if (AttituneError.is(error, 'domain-not-found') || AttituneError.is(error, 'domain-state')) return 'gone';
    throw error;
  }
}

/** Asks the guest to reboot and waits until it answers again. */
export async function rebootVm(fleet: Fleet, name: string, bootTimeoutMs: number, task: Task): Promise<LifeOutcome> {
  const { host } = await running(fleet, name, 'rebooted');
  const { clock } = fleet;
  const before = await bootId(host, name);
  await host.hypervisor.reboot(name);
  task.onProgress(`${name}: waiting for the guest`);
  const until = clock.now() + bootTimeoutMs;
  // the guest of before still answers for a while
  for (;;) {
    await guestAnswers(host, name, { clock, withinMs: Math.max(0, until - clock.now()), signal: task.signal });
    if (before === undefined) break;
    const now = await bootId(host, name);
    if (now !== undefined && now !== before) break;
    if (clock.now() >= until)
      throw new AttituneError('operation-timeout', `${name} did not reboot within ${bootTimeoutMs / 1000} s.`);
    await new Promise<void>((resolve) => clock.setTimeout(resolve, 250));
  }
  return { host: host.name, changed: true, state: 'running' };
}

/** Linux's own name for this boot. `undefined` where the guest does not tell it. */
async function bootId({ hypervisor }: VmHost, name: string): Promise<string | undefined> {
  const ask = <T>(execute: string, args: unknown) =>
    hypervisor.guestAgent(name, { execute, arguments: args }) as Promise<T>;
  try {
    const path = '/proc/sys/kernel/random/boot_id';
    const handle = await ask<number>('guest-file-open', { path, mode: 'r' });
    const read = await ask<{ 'buf-b64': string }>('guest-file-read', { handle, count: 64 });
    await ask('guest-file-close', { handle });
    return Buffer.from(read['buf-b64'], 'base64').toString().trim();
  } catch (error) {
    if (AttituneError.is(error, 'guest-agent')) return undefined;
    throw error;
  }
}

export async function suspendVm(fleet: Fleet, name: string): Promise<LifeOutcome> {
  const { host, domain } = await findVm(fleet, name);
  if (domain.state === 'paused') return { host: host.name, changed: false, state: 'suspended' };
  await running(fleet, name, 'suspended');
  await host.hypervisor.suspend(name);
  return { host: host.name, changed: true, state: 'suspended' };
}

export async function resumeVm(fleet: Fleet, name: string): Promise<LifeOutcome> {
  const { host, domain } = await findVm(fleet, name);
  if (isOff(domain)) throw off(name, host, 'resumed', `Start it: attitune vm start ${name}.`);
  if (domain.state !== 'paused') return { host: host.name, changed: false, state: 'running' };
  await host.hypervisor.resume(name);
  return { host: host.name, changed: true, state: 'running' };
}

/** Powers it off. */
export async function destroyVm(fleet: Fleet, name: string): Promise<LifeOutcome> {
  const { host, domain } = await findVm(fleet, name);
  if (isOff(domain)) return { host: host.name, changed: false, state: 'off' };
  await host.hypervisor.destroy(name);
  return { host: host.name, changed: true, state: 'powered off' };
}

/** The virtual machine where it runs. Rejects with `domain-state` where it does not; `participle` is what was wanted. */
export async function running(fleet: Fleet, name: string, participle: string): Promise<FoundVm> {
  const found = await findVm(fleet, name);
  if (isOff(found.domain)) throw off(name, found.host, participle, `Start it: attitune vm start ${name}.`);
  if (found.domain.state === 'paused')
    throw off(name, found.host, participle, `Resume it: attitune vm resume ${name}.`, 'suspended');
  return found;
}

function off(name: string, { name: host }: VmHost, participle: string, advice: string, is = 'off'): AttituneError {
  return new AttituneError('domain-state', `${name} is ${is} on ${host}, so it cannot be ${participle}. ${advice}`);
}
