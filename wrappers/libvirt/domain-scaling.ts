/** Virtual CPUs and memory of a domain, changed while it runs and in its definition. */
import { delay } from '../../core/model/clock.js';
import type { Clock } from '../../core/model/clock.js';
import { AttituneError } from '../../core/model/errors.js';
import type { DomainSize } from '../../core/model/hypervisor.js';
import { virDomainXMLFlags, virErrorNumber } from './constants.js';
import { virDomainModificationImpact as IMPACT, virDomainVcpuFlags } from './definition-constants.js';
import { isPersistent } from './domain-definition.js';
import { domainOf, parseDomainDocument } from './domain-xml-document.js';
import { lookupDomain } from './domain.js';
import { readDomainXml } from './domain-xml-reader.js';
import { libvirtCode, recoded } from './errors.js';
import type { RpcConnection } from './rpc/connection.js';
import { remoteProcedures } from './rpc/procedures.js';
import type { RemoteDomain } from './rpc/remote-types.js';

/** One of the two places where a domain has a size: the machine that runs, and the definition of its next start. */
interface SizedPlace {
  readonly name: 'running domain' | 'definition';
  readonly impact: number;
  readonly size: DomainSize;
  readonly maximum: DomainSize;
  /** Whether software makes its CPUs. */
  readonly emulated: boolean;
}

/** See `Hypervisor.scale`. What cannot be done in full is undone: the domain then has the size it had. */
export async function scaleDomain(
  connection: RpcConnection,
  clock: Clock,
  name: string,
  wanted: Partial<DomainSize>,
): Promise<DomainSize> {
  const dom = await lookupDomain(connection, name);
  const places = await sizedPlaces(connection, dom);
  for (const place of places) check(name, wanted, place);
  const undo: (() => Promise<void>)[] = [];
  try {
    for (const { impact, size, emulated } of places) {
      const { memoryMiB, vcpus } = wanted;
      if (memoryMiB !== undefined) {
        await setMemory(connection, dom, memoryMiB, impact);
        undo.unshift(() => setMemory(connection, dom, size.memoryMiB, impact));
      }
      if (vcpus !== undefined) {
        await setVcpus({ connection, clock, dom, emulated }, { from: size.vcpus, to: vcpus }, impact);
        undo.unshift(() => setVcpus({ connection, clock, dom, emulated }, { from: vcpus, to: size.vcpus }, impact));
      }
    }
  } catch (error) {
    // what cannot be undone either is told by the next look at the domain; the reason that counts is the first
    for (const step of undo) await step().catch(() => undefined);
    throw error;
  }
  const { vcpus, memoryMiB } = places[0].size;
  return { vcpus: wanted.vcpus ?? vcpus, memoryMiB: wanted.memoryMiB ?? memoryMiB };
}

async function sizedPlaces(
  connection: RpcConnection,
  dom: RemoteDomain,
): Promise<readonly [SizedPlace, ...SizedPlace[]]> {
  const sizeOf = async (name: SizedPlace['name'], impact: number, flags: number): Promise<SizedPlace> => {
    const { xml } = await connection.call(remoteProcedures.domainGetXMLDesc, { dom, flags });
    const { vcpus, memoryMiB, maxVcpus = vcpus, maxMemoryMiB = memoryMiB } = readDomainXml(xml, dom.name);
    const emulated = domainOf(parseDomainDocument(xml)).getAttribute('type') === 'qemu';
    const maximum = { vcpus: maxVcpus, memoryMiB: maxMemoryMiB };
    return { name, impact, size: { vcpus, memoryMiB }, maximum, emulated };
  };
  const definition = () =>
    sizeOf('definition', IMPACT.VIR_DOMAIN_AFFECT_CONFIG, virDomainXMLFlags.VIR_DOMAIN_XML_INACTIVE);
  if (dom.id < 0) return [await definition()];
  const live = await sizeOf('running domain', IMPACT.VIR_DOMAIN_AFFECT_LIVE, 0);
  return (await isPersistent(connection, dom)) ? [live, await definition()] : [live];
}

const LIMITS = [
  ['vcpus', (count: number) => `${count} virtual CPUs`],
  ['memoryMiB', (size: number) => `${size} MiB of memory`],
] as const;

function check(name: string, wanted: Partial<DomainSize>, { name: place, maximum }: SizedPlace): void {
  for (const [key, words] of LIMITS) {
    const value = wanted[key];
    if (value === undefined) continue;
    const refuse = (why: string) => {
      throw new AttituneError('value', `${name} cannot have ${words(value)}: ${why}.`, {
        details: { maximum: maximum[key] },
      });
    };
    if (!Number.isInteger(value) || value < 1) refuse('give a whole number above 0');
    if (value > maximum[key]) {
      const how = place === 'definition' ? 'define it anew with more' : 'a larger maximum holds from its next start on';
      refuse(`the maximum of its ${place} is ${maximum[key]}; ${how}`);
    }
  }
}

function setMemory(connection: RpcConnection, dom: RemoteDomain, memoryMiB: number, flags: number): Promise<void> {
  return connection.call(remoteProcedures.domainSetMemoryFlags, { dom, memory: BigInt(memoryMiB) * 1024n, flags });
}

interface Machine {
  readonly connection: RpcConnection;
  readonly clock: Clock;
  readonly dom: RemoteDomain;
  readonly emulated: boolean;
}

interface VcpuChange {
  readonly from: number;
  readonly to: number;
}

/** How often and how long apart an agent is asked to use CPUs that its guest may not have noticed yet. */
const NOTICE_ATTEMPTS = 10;
const NOTICE_EVERY_MS = 200;

/**
 * Plugs CPUs in or out. A machine cannot be rid of CPUs that it was started with, nor of others unless its guest lets
 * them go: then the guest's agent is asked to stop using them, and they stay plugged in. So when there are to be more,
 * the agent is asked too: the guest may have stopped using some that are there, and not every guest uses new ones by
 * itself.
 */
async function setVcpus(machine: Machine, { from, to }: VcpuChange, impact: number): Promise<void> {
  const { connection, clock, dom, emulated } = machine;
  const set = (flags: number) => connection.call(remoteProcedures.domainSetVcpusFlags, { dom, nvcpus: to, flags });
  const inGuest = () => set(impact | virDomainVcpuFlags.VIR_DOMAIN_VCPU_GUEST);
  if (impact === IMPACT.VIR_DOMAIN_AFFECT_CONFIG) {
    if (to !== from) await set(impact);
  } else if (to < from) {
    await unplug(dom.name, from, () => (emulated ? Promise.reject(emulatedStay()) : set(impact)), inGuest);
  } else {
    if (to > from) await set(impact);
    await useInGuest(clock, inGuest);
  }
}

/** A guest without an agent takes new CPUs into use by itself, or not at all: no reason to refuse them to it. */
async function useInGuest(clock: Clock, ask: () => Promise<void>): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await ask();
      return;
    } catch (error) {
      onlyLibvirt(error);
      // "guest agent reports less cpu than requested" has no number of its own
      if (libvirtCode(error) !== virErrorNumber.VIR_ERR_INTERNAL_ERROR || attempt >= NOTICE_ATTEMPTS) return;
    }
    await delay(clock, NOTICE_EVERY_MS);
  }
}

/**
 * QEMU 7.2 ruins its own memory when an emulated CPU is unplugged, and dies at the guest's next reboot ("corrupted
 * double-linked list", Debian's 7.2.22): such CPUs stay plugged in, and only the guest's agent is asked.
 */
function emulatedStay(): AttituneError {
  return new AttituneError('domain-state', 'emulated CPUs are never taken out of a running QEMU');
}

async function unplug(
  name: string,
  from: number,
  fromMachine: () => Promise<void>,
  inGuest: () => Promise<void>,
): Promise<void> {
  try {
    await fromMachine();
  } catch (refusal) {
    if (!AttituneError.is(refusal, 'domain-state')) onlyLibvirt(refusal);
    await inGuest().catch((error: unknown) => {
      onlyLibvirt(error);
      const what = `${name} keeps its ${from} virtual CPUs: the machine refused (${messageOf(refusal)}), and its guest agent, too (${messageOf(error)})`;
      throw recoded(refusal as AttituneError, 'domain-state', `${what}. It has fewer after its next start.`);
    });
  }
}

/** Passes on what is not libvirt's own refusal, such as a lost connection. */
function onlyLibvirt(error: unknown): void {
  if (libvirtCode(error) === undefined) throw error;
}

function messageOf(error: unknown): string {
  return (error as Error).message.replace(/\.$/, '');
}
