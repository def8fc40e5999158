/** Single domains: finding, making, changing their state, and talking to their guest. */
import { AttituneError } from '../../core/model/errors.js';
import type { ErrorCode } from '../../core/model/errors.js';
import type { Domain, DomainState } from '../../core/model/hypervisor.js';
import { VIR_DOMAIN_STATES, virErrorNumber } from './constants.js';
import { libvirtCode, recoded } from './errors.js';
import type { RpcConnection } from './rpc/connection.js';
import { qemuProcedures, remoteProcedures } from './rpc/procedures.js';
import type { RemoteDomain } from './rpc/remote-types.js';

/** The state of that number. */
export function domainState(number: number): DomainState {
  return VIR_DOMAIN_STATES[number] ?? 'unknown';
}

/** Rejects with `domain-not-found` where there is none of that name. */
export async function lookupDomain(connection: RpcConnection, name: string): Promise<RemoteDomain> {
  return (await connection.call(remoteProcedures.domainLookupByName, { name })).dom;
}

/** Like {@link lookupDomain}; rejects with `domain-state` where the domain does not run, not even suspended. */
export async function lookupRunning(connection: RpcConnection, name: string): Promise<RemoteDomain> {
  const dom = await lookupDomain(connection, name);
  if (dom.id < 0) throw new AttituneError('domain-state', `${name} does not run.`);
  return dom;
}

/** Like {@link lookupDomain}, but `undefined` where there is none. */
export async function findDomain(connection: RpcConnection, name: string): Promise<RemoteDomain | undefined> {
  return lookupDomain(connection, name).catch((error: unknown) => {
    if (AttituneError.is(error, 'domain-not-found')) return undefined;
    throw error;
  });
}

/** The domain of that uuid, `undefined` where there is none. */
export async function domainOfUuid(connection: RpcConnection, uuid: string): Promise<RemoteDomain | undefined> {
  return connection.call(remoteProcedures.domainLookupByUUID, { uuid }).then(
    ({ dom }) => dom,
    (error: unknown) => {
      if (AttituneError.is(error, 'domain-not-found')) return undefined;
      throw error;
    },
  );
}

export async function stateOfDomain(connection: RpcConnection, dom: RemoteDomain): Promise<DomainState> {
  const { state } = await connection.call(remoteProcedures.domainGetState, { dom, flags: 0 });
  return domainState(state);
}

/** Creates and starts a transient domain. libvirt has several errors for a name in use; all become `domain-exists`. */
export async function createDomain(
  connection: RpcConnection,
  { name, uuid }: { readonly name: string; readonly uuid?: string },
  xml: string,
): Promise<Domain> {
  // one that is defined and does not run would be started, in another form than it was defined
  const same = uuid === undefined ? undefined : await domainOfUuid(connection, uuid);
  if (same) throw new AttituneError('domain-exists', `${name} has the uuid of ${same.name}, which is there already.`);
  try {
    const { dom } = await connection.call(remoteProcedures.domainCreateXML, { xml, flags: 0 });
    return { name: dom.name, uuid: dom.uuid, state: 'running', persistent: false };
  } catch (error) {
    if (!nameInUse(error) || !(await findDomain(connection, name))) throw error;
    throw recoded(error, 'domain-exists', error.message);
  }
}

const NAME_IN_USE: readonly (number | undefined)[] = [
  virErrorNumber.VIR_ERR_OPERATION_FAILED,
  virErrorNumber.VIR_ERR_OPERATION_INVALID,
];

/** Whether an error can mean that a name or uuid is in use; which it does only where one is. */
export function nameInUse(error: unknown): error is AttituneError {
  return NAME_IN_USE.includes(libvirtCode(error));
}

/** Suspends a domain. QEMU takes a second suspend for done already; here it is `domain-state`, as with resume. */
export async function suspendDomain(connection: RpcConnection, name: string): Promise<void> {
  const dom = await lookupRunning(connection, name);
  const state = await stateOfDomain(connection, dom);
  if (state === 'paused') throw new AttituneError('domain-state', `${name} is suspended already.`);
  await connection.call(remoteProcedures.domainSuspend, { dom });
}

/** Resumes a suspended domain; `domain-state` where it is not suspended. */
export async function resumeDomain(connection: RpcConnection, name: string): Promise<void> {
  const dom = await lookupDomain(connection, name);
  const state = await stateOfDomain(connection, dom);
  if (state !== 'paused') throw new AttituneError('domain-state', `${name} is ${state}, not suspended.`);
  await connection.call(remoteProcedures.domainResume, { dom });
}

/** Errors of a guest agent call that are not about the agent. */
const NOT_THE_AGENT: ReadonlySet<ErrorCode> = new Set([
  'host-unreachable',
  'protocol',
  'domain-not-found',
  'domain-state',
]);

/** One command of the guest agent; resolves with its `return`. libvirt counts the time-out in whole seconds. */
export async function guestAgentCommand(
  connection: RpcConnection,
  name: string,
  command: { readonly execute: string; readonly arguments?: unknown },
  timeoutMs: number,
): Promise<unknown> {
  const dom = await lookupRunning(connection, name);
  const timeout = Math.max(1, Math.ceil(timeoutMs / 1000));
  const args = { dom, command: JSON.stringify(command), timeout, flags: 0 };
  const { result } = await connection.call(qemuProcedures.domainAgentCommand, args).catch((error: unknown) => {
    if (!AttituneError.is(error) || NOT_THE_AGENT.has(error.code)) throw error;
    throw recoded(error, 'guest-agent', `The guest agent of ${name} did not do ${command.execute}: ${error.message}`);
  });
  return parseAnswer(result, name, command.execute);
}

function parseAnswer(result: string | undefined, name: string, execute: string): unknown {
  try {
    return (JSON.parse(result ?? '') as { readonly return: unknown }).return;
  } catch (error) {
    throw new AttituneError('guest-agent', `The guest agent of ${name} answered to ${execute} what is no JSON.`, {
      cause: error,
      details: { answer: result },
    });
  }
}
