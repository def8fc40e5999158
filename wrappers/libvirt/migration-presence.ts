/** Where a domain is, before and after a migration: asked of both hosts, by its uuid. */
import { AttituneError } from '../../core/model/errors.js';
import type { DomainState, MigrationTarget } from '../../core/model/hypervisor.js';
import { virDomainXMLFlags } from './constants.js';
import { findDomain, stateOfDomain } from './domain.js';
import type { RpcConnection } from './rpc/connection.js';
import { remoteProcedures } from './rpc/procedures.js';
import type { RemoteDomain } from './rpc/remote-types.js';

/** A domain on one host. */
export interface Presence {
  /** As that host knows it. */
  readonly dom: RemoteDomain;
  readonly state: DomainState;
  /** It has a process there: it runs, is paused, or is on its way. */
  readonly active: boolean;
  /** It is defined there. */
  readonly persistent: boolean;
}

/** Talks to the daemon of the target. Rejects with `host-unreachable` where it does not answer. */
export type WithTarget = <T>(target: MigrationTarget, use: (connection: RpcConnection) => Promise<T>) => Promise<T>;

const INACTIVE: ReadonlySet<DomainState> = new Set(['shutoff', 'crashed']);

/** The very domain, not another one of its name; `undefined` where the host has none. */
export async function presenceOf(connection: RpcConnection, dom: RemoteDomain): Promise<Presence | undefined> {
  const found = await findDomain(connection, dom.name);
  if (found?.uuid !== dom.uuid) return undefined;
  try {
    const state = await stateOfDomain(connection, found);
    const { persistent } = await connection.call(remoteProcedures.domainIsPersistent, { dom: found });
    return { dom: found, state, active: !INACTIVE.has(state), persistent: persistent !== 0 };
  } catch (error) {
    if (AttituneError.is(error, 'domain-not-found')) return undefined;
    throw error;
  }
}

/** Takes a definition away where the domain does not run; what runs meanwhile only loses its definition, not its life. */
export async function forget(connection: RpcConnection, { dom }: Presence): Promise<void> {
  await connection.call(remoteProcedures.domainUndefine, { dom });
}

/** Defines what runs without a definition. */
export async function makePersistent(connection: RpcConnection, { dom }: Presence): Promise<void> {
  const flags = virDomainXMLFlags.VIR_DOMAIN_XML_SECURE | virDomainXMLFlags.VIR_DOMAIN_XML_INACTIVE;
  const { xml } = await connection.call(remoteProcedures.domainGetXMLDesc, { dom, flags });
  await connection.call(remoteProcedures.domainDefineXML, { xml });
}
