/** Domains that outlive their run: their definitions. */
import { AttituneError } from '../../core/model/errors.js';
import type { Domain, DomainDetails } from '../../core/model/hypervisor.js';
import { virDomainXMLFlags as XML, virErrorNumber } from './constants.js';
import { virDomainUndefineFlags as UNDEFINE } from './definition-constants.js';
import { domainOfUuid, findDomain, lookupDomain, nameInUse, stateOfDomain } from './domain.js';
import { readDomainXml } from './domain-xml-reader.js';
import { libvirtCode, recoded } from './errors.js';
import type { RpcConnection } from './rpc/connection.js';
import { remoteProcedures } from './rpc/procedures.js';
import type { RemoteDomain } from './rpc/remote-types.js';

/** See `Hypervisor.define`. */
export async function defineDomain(
  connection: RpcConnection,
  { name, uuid }: { readonly name: string; readonly uuid?: string },
  xml: string,
): Promise<Domain> {
  try {
    const { dom } = await connection.call(remoteProcedures.domainDefineXML, { xml });
    return { name: dom.name, uuid: dom.uuid, state: await stateOfDomain(connection, dom), persistent: true };
  } catch (error) {
    if (!nameInUse(error)) throw error;
    const other = (await findDomain(connection, name)) ?? (uuid && (await domainOfUuid(connection, uuid)));
    if (!other) throw error;
    throw recoded(error, 'domain-exists', error.message);
  }
}

/** See `Hypervisor.start`. Not every driver says by its error's number that a domain is started already. */
export async function startDomain(connection: RpcConnection, name: string): Promise<void> {
  const dom = await lookupDomain(connection, name);
  try {
    await connection.call(remoteProcedures.domainCreateWithFlags, { dom, flags: 0 });
  } catch (error) {
    if (libvirtCode(error) === undefined || AttituneError.is(error, 'domain-state')) throw error;
    const state = await stateOfDomain(connection, dom).catch(() => 'unknown');
    if (!STARTED.has(state)) throw error;
    throw recoded(error as AttituneError, 'domain-state', `${name} is ${state} already.`);
  }
}

const STARTED: ReadonlySet<string> = new Set(['running', 'blocked', 'paused', 'pmsuspended']);

/**
 * What goes with a definition, so that libvirt does not refuse to forget it: saved memory and what is known of
 * snapshots and checkpoints, which are nothing without it. The variables of the firmware and of a TPM are data of the
 * guest's, and stay like its disks. Older daemons and other drivers know fewer flags; each then gets what it knows.
 */
const UNDEFINE_FLAGS: readonly number[] = [
  UNDEFINE.VIR_DOMAIN_UNDEFINE_MANAGED_SAVE,
  UNDEFINE.VIR_DOMAIN_UNDEFINE_SNAPSHOTS_METADATA,
  UNDEFINE.VIR_DOMAIN_UNDEFINE_CHECKPOINTS_METADATA,
  UNDEFINE.VIR_DOMAIN_UNDEFINE_KEEP_NVRAM,
  UNDEFINE.VIR_DOMAIN_UNDEFINE_KEEP_TPM,
].map((_, last, all) => all.slice(0, last + 1).reduce((sum, flag) => sum | flag, 0));

const FLAGS_UNKNOWN: readonly (number | undefined)[] = [
  virErrorNumber.VIR_ERR_INVALID_ARG,
  virErrorNumber.VIR_ERR_NO_SUPPORT,
];

/** See `Hypervisor.undefine`. */
export async function undefineDomain(connection: RpcConnection, name: string): Promise<void> {
  const dom = await lookupDefined(connection, name);
  for (const flags of [...UNDEFINE_FLAGS].reverse()) {
    try {
      await connection.call(remoteProcedures.domainUndefineFlags, { dom, flags });
      return;
    } catch (error) {
      if (!FLAGS_UNKNOWN.includes(libvirtCode(error))) throw error;
    }
  }
  await connection.call(remoteProcedures.domainUndefine, { dom });
}

/** See `Hypervisor.setAutostart`. */
export async function setDomainAutostart(connection: RpcConnection, name: string, autostart: boolean): Promise<void> {
  const dom = await lookupDefined(connection, name);
  await connection.call(remoteProcedures.domainSetAutostart, { dom, autostart: autostart ? 1 : 0 });
}

/** Rejects with `domain-state` for a transient domain; not every driver does that by itself. */
async function lookupDefined(connection: RpcConnection, name: string): Promise<RemoteDomain> {
  const dom = await lookupDomain(connection, name);
  if (await isPersistent(connection, dom)) return dom;
  throw new AttituneError('domain-state', `${name} has no definition on its host: it is gone when it stops.`);
}

/** See `Hypervisor.describe`. The document has what libvirt keeps secret, such as passwords of displays. */
export async function describeDomain(connection: RpcConnection, name: string): Promise<DomainDetails> {
  const dom = await lookupDomain(connection, name);
  const flags = XML.VIR_DOMAIN_XML_SECURE | XML.VIR_DOMAIN_XML_INACTIVE;
  const [{ xml }, state, persistent, { autostart }] = await Promise.all([
    connection.call(remoteProcedures.domainGetXMLDesc, { dom, flags }),
    stateOfDomain(connection, dom),
    isPersistent(connection, dom),
    connection.call(remoteProcedures.domainGetAutostart, { dom }),
  ]);
  const description = readDomainXml(xml, `the definition of ${name}`);
  return { name: dom.name, uuid: dom.uuid, state, persistent, autostart: autostart !== 0, description };
}

export async function isPersistent(connection: RpcConnection, dom: RemoteDomain): Promise<boolean> {
  return (await connection.call(remoteProcedures.domainIsPersistent, { dom })).persistent !== 0;
}
