import type { DomainPreparer, NewDomain, PreparedNewDomain, VmHost } from '../../../wrappers/hosts/index.js';
import { guestAnswers } from '../../../wrappers/vm/guest-answers.js';
import { leasedAddress } from '../../../wrappers/vm/leased-address.js';
import { checkDomainName } from '../../../wrappers/vm/identity/index.js';
import { delay } from '../../model/clock.js';
import { AttituneError } from '../../model/errors.js';
import { requireAll, type Fleet, type Task } from './fleet.js';
import { checkSizes } from './sizes.js';
import { refuseSecond, removeOwn } from './own-domain.js';
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

/** How often a machine is tried to be made where another process gives the same addresses out. */
const ATTEMPTS = 4;

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
  if (request.host === undefined) task.say(`${name} goes to ${host.name}: ${why.join('; ')}.`);
  for (let attempt = 1; ; attempt += 1) {
    try {
      return { ...(await createOn(host, fleet, preparer, request, task)), why };
    } catch (error) {
      if (attempt === ATTEMPTS || !meanwhile(error)) throw error;
      // by chance one of the two is first now, and the other one sees what it has
      await delay(fleet.clock, preparer.pauseMs(), task.signal);
    }
  }
}

/** Another process gave the same addresses out at the same time: there are others. */
function meanwhile(error: unknown): boolean {
  const same = AttituneError.is(error, 'domain-exists') ? error.details['same'] : undefined;
  return same !== undefined && same !== 'name';
}

async function createOn(
  host: VmHost,
  fleet: Fleet,
  preparer: DomainPreparer,
  request: CreateRequest,
  task: Task,
): Promise<Omit<CreatedVm, 'why'>> {
  const { name } = request;
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
    };
  } catch (error) {
    if (!undo.empty) task.onProgress(`${name}: removing what was made`);
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
