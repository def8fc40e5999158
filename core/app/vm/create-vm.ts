import type { DomainPreparer, NewDomain, PreparedNewDomain, VmHost } from '../../../wrappers/hosts/index.js';
import { guestAnswers } from '../../../wrappers/vm/guest-answers.js';
import { leasedAddress } from '../../../wrappers/vm/leased-address.js';
import { checkDomainName, fixedAddresses, goneMeanwhile } from '../../../wrappers/vm/identity/index.js';
import { AttituneError } from '../../model/errors.js';
import type { DomainDescription } from '../../model/hypervisor.js';
import { requireAll, type Fleet, type Task } from './fleet.js';
import { checkSizes } from './sizes.js';
import { choose, takeHost } from './place.js';
import { UndoList } from './undo-list.js';

export interface CreateRequest extends Omit<NewDomain, 'host' | 'reuse'> {
  /** Absent: it is chosen. */
  readonly host?: string;
  /** False: only defined. */
  readonly start: boolean;
  readonly ignoreUnreachable: boolean;
  /** How long the guest may take until its agent answers. */
  readonly bootTimeoutMs: number;
}

export interface CreatedVm {
  readonly name: string;
  readonly host: string;
  readonly uuid: string;
  readonly mac: string;
  /** Absent for a guest that was not started and asks by DHCP. */
  readonly address?: string;
  readonly state: 'running' | 'shutoff';
  /** Why this host, and why no other. */
  readonly why: readonly string[];
}

/**
 * Makes a persistent virtual machine from an image, starts it and waits until its guest answers. Where anything fails, or
 * the signal aborts, everything that was made is removed again.
 */
export async function createVm(
  fleet: Fleet,
  preparer: DomainPreparer,
  request: CreateRequest,
  task: Task,
): Promise<CreatedVm> {
  const { name } = request;
  checkDomainName(name);
  checkSizes(request);
  requireAll(fleet, `a virtual machine ${name} could be there`, request.ignoreUnreachable);
  const { memoryMiB, vcpus, network, bridge } = request;
  const networkOn = ({ settings }: VmHost) => (bridge === undefined ? (network ?? settings.network) : undefined);
  const need = { name, memoryMiB, vcpus, networkOn };
  const { host, why } = await (request.host === undefined ? choose(fleet, need) : takeHost(fleet, request.host, need));
  if (request.host === undefined) task.say(`${host.name}: ${why.join('; ')}.`);
  const undo = new UndoList();
  try {
    const prepared = await preparer.prepare(host, fleet.hosts, { ...request, host: host.name }, task);
    undo.made(`the disks of ${name} on ${host.name}`, () => preparer.release(host, name));
    const address = await defineAndStart(fleet, host, prepared, request, task, undo);
    preparer.settled(name);
    return {
      name,
      host: host.name,
      uuid: prepared.description.uuid ?? '',
      mac: prepared.description.networks?.[0]?.mac ?? '',
      ...(address === undefined ? {} : { address }),
      state: request.start ? 'running' : 'shutoff',
      why,
    };
  } catch (error) {
    task.onProgress(`${name}: removing what was made`);
    throw await undo.after(task.signal.aborted ? task.signal.reason : error);
  }
}

async function defineAndStart(
  { clock, hosts }: Fleet,
  host: VmHost,
  { description, address }: PreparedNewDomain,
  { name, start, bootTimeoutMs }: CreateRequest,
  { signal, onProgress }: Task,
  undo: UndoList,
): Promise<string | undefined> {
  signal.throwIfAborted();
  const { hypervisor } = host;
  // even a call that fails may have been carried out
  undo.made(`the definition of ${name} on ${host.name}`, () => removeOwn(host, name, description.uuid));
  await hypervisor.define(description);
  await refuseSecond(hosts, description);
  if (!start) return address;
  signal.throwIfAborted();
  onProgress(`${name}: starting`);
  await hypervisor.start(name);
  onProgress(`${name}: waiting for the guest`);
  await guestAnswers(host, name, { clock, withinMs: bootTimeoutMs, signal });
  return address ?? (await leasedAddress(host, name, { clock, signal }));
}

/** Another process may have made a domain with the same name, or given out the same addresses, meanwhile: both give way. */
async function refuseSecond(hosts: Fleet['hosts'], own: DomainDescription): Promise<void> {
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
