/** What became of a domain whose migration ended with an error: looked up, not guessed. */
import { AttituneError } from '../../core/model/errors.js';
import type { DomainState, MigrationTarget } from '../../core/model/hypervisor.js';
import { virErrorNumber } from './constants.js';
import { findDomain, stateOfDomain } from './domain.js';
import { libvirtCode, recoded } from './errors.js';
import type { RpcConnection } from './rpc/connection.js';
import type { RemoteDomain } from './rpc/remote-types.js';

/** The state of a domain on the target, `undefined` where it has none of that uuid; rejects where it does not answer. */
export type TargetProbe = (target: MigrationTarget, dom: RemoteDomain) => Promise<DomainState | undefined>;

interface FailedSource {
  readonly host: string;
  readonly connection: RpcConnection;
  readonly probeTarget: TargetProbe;
}

const NOT_THERE: readonly (DomainState | undefined)[] = [undefined, 'shutoff', 'crashed'];

/** The state of the very domain that was to migrate, not of another of its name. */
export async function stateByIdentity(connection: RpcConnection, dom: RemoteDomain): Promise<DomainState | undefined> {
  const found = await findDomain(connection, dom.name);
  if (found?.uuid !== dom.uuid) return undefined;
  try {
    return await stateOfDomain(connection, found);
  } catch (error) {
    if (AttituneError.is(error, 'domain-not-found')) return undefined;
    throw error;
  }
}

/**
 * Throws what the error of a migration means, after asking both hosts: `migration-aborted` or `migration-failed` where
 * the domain stayed, `domain-died` where neither host has it any more, `host-unreachable` where that cannot be told.
 * Returns where the domain runs on the target all the same.
 */
export async function afterFailure(
  source: FailedSource,
  dom: RemoteDomain,
  target: MigrationTarget,
  error: unknown,
  aborting: boolean,
): Promise<void> {
  const reason = AttituneError.from(error, 'hypervisor');
  const what = `The migration of ${dom.name} from ${source.host} to ${target.host}`;
  if (source.connection.closed) {
    throw recoded(
      reason,
      'host-unreachable',
      `${what} was under way when the connection to ${source.host} was lost (${reason.message}); libvirt goes on ` +
        'with it by itself. Ask both hosts which of them runs the domain.',
    );
  }
  const here = await stateByIdentity(source.connection, dom);
  if (!NOT_THERE.includes(here)) throw stayed(what, `it is ${here} on ${source.host}`, reason, aborting);
  const there = await source.probeTarget(target, dom).catch((failure: unknown) => {
    throw new AttituneError(
      'host-unreachable',
      `${what} failed: ${reason.message}; ${source.host} has the domain no more, and ${target.host} does not answer: ` +
        `${AttituneError.from(failure).message} Ask ${target.host} whether it runs the domain.`,
      { cause: error, details: reason.details },
    );
  });
  if (NOT_THERE.includes(there)) {
    throw recoded(
      reason,
      'domain-died',
      `${dom.name} stopped on ${source.host} while it migrated to ${target.host}: ${reason.message}; neither host runs it.`,
    );
  }
}

function stayed(what: string, where: string, reason: AttituneError, aborting: boolean): AttituneError {
  if (aborting || libvirtCode(reason) === virErrorNumber.VIR_ERR_OPERATION_ABORTED) {
    return recoded(reason, 'migration-aborted', `${what} was aborted; ${where}.`);
  }
  return recoded(reason, 'migration-failed', `${what} failed: ${reason.message}; ${where}.`);
}
