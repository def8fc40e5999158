import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import type { VmHost } from '../../../wrappers/hosts/index.js';
import { readDomainXml } from '../../../wrappers/libvirt/index.js';
import { freshMac, freshUuid, LABELS, readTaken, type Taken } from '../../../wrappers/vm/identity/index.js';
import { guestAnswers } from '../../../wrappers/vm/guest-answers.js';
import { seesFolder } from '../../../wrappers/vm/disks/pool-folder.js';
import {
  checkSubmission,
  imageFormat,
  inspectImage,
  submittedDomain,
  virtualBytes,
  type ImageFacts,
  type Risk,
  type SubmissionFacts,
  type SubmissionHost,
} from '../../../wrappers/vm/submit/index.js';
import { AttituneError } from '../../model/errors.js';
import type { Executor } from '../../model/executor.js';
import type { NetworkDescription } from '../../model/hypervisor.js';
import type { Random } from '../../model/random.js';
import { requireAll, type Fleet, type Task } from './fleet.js';
import { refuseSecond, removeOwn } from './own-domain.js';
import { choose, takeHost, type Choice, type Need } from './place.js';
import { putImage } from './put-image.js';
import { UndoList } from './undo-list.js';

export interface SubmitRequest {
  /** Paths on this machine. */
  readonly image: string;
  readonly file: string;
  /** The content of `file`: a domain's document. */
  readonly xml: string;
  readonly format?: 'raw' | 'qcow2';
  /** Instead of that in the document. */
  readonly name?: string;
  /** Absent: it is chosen. */
  readonly host?: string;
  readonly allow: ReadonlySet<Risk>;
  /** With a new UUID and new MAC addresses, whatever the document says. */
  readonly renewed: boolean;
  /** Where its cards are put; absent: where the document says. */
  readonly network?: Pick<NetworkDescription, 'bridge' | 'network'>;
  readonly start: boolean;
  /** Wait for its guest agent so long; absent: do not wait. */
  readonly agentWithinMs?: number;
  readonly ignoreUnreachable: boolean;
}

export interface SubmitParts {
  /** Of this machine. */
  readonly executor: Executor;
  readonly random: Random;
}

export interface SubmittedVm {
  readonly name: string;
  readonly host: string;
  readonly uuid: string;
  readonly state: 'running' | 'shutoff';
  readonly disk: string;
  readonly why: readonly string[];
}

/**
 * Takes a user's own virtual machine: checks image and document, copies the image into the host's pool, defines the domain
 * and starts it. Rejects with an `AggregateError` of all that is wrong with it, and with nothing left behind.
 */
export async function submitVm(
  fleet: Fleet,
  request: SubmitRequest,
  parts: SubmitParts,
  task: Task,
): Promise<SubmittedVm> {
  requireAll(fleet, 'its name, UUID and addresses could be taken there', request.ignoreUnreachable);
  const { host, why } = await hostFor(fleet, request);
  if (request.host === undefined) task.say(`It goes to ${host.name}: ${why.join('; ')}.`);
  const before = await fingerprint(request.image);
  task.onProgress('checking the image');
  const facts = await factsOf(fleet, host, request, parts, task);
  const errors = checkSubmission(facts);
  if (errors.length > 0) throw new AggregateError(errors, 'The virtual machine is not taken.');
  const undo = new UndoList();
  try {
    return { ...(await make(fleet, host, request, facts, before, parts, task, undo)), why };
  } catch (error) {
    throw await undo.after(task.signal.aborted ? task.signal.reason : error);
  }
}

async function make(
  { hosts, clock }: Fleet,
  host: VmHost,
  request: SubmitRequest,
  facts: SubmissionFacts & { readonly taken: Taken },
  before: string,
  { executor, random }: SubmitParts,
  task: Task,
  undo: UndoList,
): Promise<Omit<SubmittedVm, 'why'>> {
  const { hypervisor } = host;
  const format = imageFormat(facts.image) ?? 'raw';
  const macs = new Set(facts.taken.macs);
  const freshCard = () => {
    const mac = freshMac(random, { macs });
    macs.add(mac);
    return mac;
  };
  const describe = (path: string) =>
    submittedDomain(facts, {
      disk: { path, format },
      freshUuid: () => uuid,
      freshMac: freshCard,
      ...(request.network ? { network: request.network } : {}),
      labels: { [LABELS.image]: basename(request.image) },
    });
  const uuid = freshUuid(random, facts.taken);
  const { name } = describe('');
  const volume = await putImage(
    host,
    { name, format, capacityBytes: virtualBytes(facts.image), image: facts.image },
    executor,
    task,
    undo,
  );
  if ((await fingerprint(request.image)) !== before) {
    throw new AttituneError(
      'image',
      `${request.image} changed while it was copied, so what was checked is not what was copied. Let nobody write to it, and try again.`,
    );
  }
  const description = describe(volume);
  undo.made(`the definition of ${name} on ${host.name}`, () => removeOwn(host, name, description.uuid));
  await hypervisor.define(description);
  await refuseSecond(hosts, description);
  task.signal.throwIfAborted();
  if (request.start) {
    task.onProgress(`${name}: starting`);
    await hypervisor.start(name);
    const { agentWithinMs: withinMs } = request;
    if (withinMs !== undefined) await guestAnswers(host, name, { clock, withinMs, signal: task.signal });
  }
  return {
    name,
    host: host.name,
    uuid: description.uuid ?? uuid,
    state: request.start ? 'running' : 'shutoff',
    disk: volume,
  };
}

/** The host that is named, or one with room for what the document asks for; any one for a document that is wrong. */
async function hostFor(fleet: Fleet, { host, xml, file }: SubmitRequest): Promise<Choice> {
  let need: Need;
  try {
    const { name, memoryMiB, vcpus } = readDomainXml(xml, file);
    need = { name, memoryMiB, vcpus };
  } catch {
    // what is wrong with it is told with all else that is wrong
    need = { name: file, memoryMiB: 0, vcpus: 1 };
  }
  return host === undefined ? choose(fleet, need) : takeHost(fleet, host, need);
}

async function factsOf(
  { hosts }: Fleet,
  host: VmHost,
  { image, file, xml, format, name, allow, renewed }: SubmitRequest,
  { executor }: SubmitParts,
  { signal }: Task,
): Promise<SubmissionFacts & { readonly taken: Taken; readonly image: ImageFacts }> {
  const [capabilities, networks, pool, taken] = await Promise.all([
    host.hypervisor.capabilities(),
    host.hypervisor.networks(),
    poolOf(host),
    readTaken(hosts.map(({ hypervisor }) => hypervisor)),
  ]);
  const { cpus, memoryMiB, domainTypes } = capabilities;
  // what lies in the pool is its administrators' own, where this machine sees the pool's folder
  const { path } = pool;
  const seen = path !== undefined && (await seesFolder(host.hypervisor.storage, await host.pool(), path));
  const folders = seen ? [path] : [];
  const facts = await inspectImage(image, { executor, signal, folders, ...(format ? { declared: format } : {}) });
  return {
    image: facts,
    xml,
    file,
    ...(name === undefined ? {} : { name }),
    renewed,
    host: { name: host.name, cpus, memoryMiB, domainTypes, networks, pool },
    taken,
    allow,
  };
}

async function poolOf(host: VmHost): Promise<SubmissionHost['pool']> {
  const name = await host.pool();
  const pool = (await host.hypervisor.storage.pools()).find((each) => each.name === name);
  if (pool) return pool;
  throw new AttituneError('unknown-storage', `${host.name} has no storage pool ${name} any more.`);
}

/** Changes with the file: its status-change time cannot be set by who may write to it. */
async function fingerprint(path: string): Promise<string> {
  const status = await stat(path, { bigint: true }).catch(() => undefined);
  return status ? [status.dev, status.ino, status.size, status.mtimeNs, status.ctimeNs].join(' ') : 'none';
}
