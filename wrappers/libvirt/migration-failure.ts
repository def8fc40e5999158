/** What became of a domain whose migration ended with an error: looked up on both hosts, not guessed. */
import { AttituneError } from '../../core/model/errors.js';
import type { MigrationTarget } from '../../core/model/hypervisor.js';
import { virErrorNumber } from './constants.js';
import { libvirtCode, recoded } from './errors.js';
import { forget, presenceOf } from './migration-presence.js';
import type { Presence, WithTarget } from './migration-presence.js';
import type { RpcConnection } from './rpc/connection.js';
import type { RemoteDomain } from './rpc/remote-types.js';

interface FailedSource {
  readonly host: string;
  readonly connection: RpcConnection;
  readonly withTarget: WithTarget;
}

/** A migration that ended with an error. */
export interface FailedMigration {
  readonly dom: RemoteDomain;
  readonly target: MigrationTarget;
  /** False where only its definition was to be moved. */
  readonly active: boolean;
  /** It was defined before. */
  readonly persistent: boolean;
  readonly error: unknown;
  /** Why it was told to end early. */
  readonly aborting: 'abort' | 'timeout' | undefined;
  readonly timeoutMs?: number;
  /** The guest may have run on the target already. */
  readonly postCopy: boolean;
}

/**
 * Throws what the error of a migration means, after asking both hosts: `migration-aborted`, `migration-timeout` or
 * `migration-failed` where the domain stayed, `domain-died` where neither host runs it any more or a post-copy broke,
 * `domain-doubled` where both do, `host-unreachable` where that cannot be told. A definition that was left on the side
 * where the domain is not is taken away, and the message says so. Returns where the domain is on the target all the same.
 */
export async function afterFailure(source: FailedSource, failed: FailedMigration): Promise<void> {
  const { dom, target } = failed;
  const reason = AttituneError.from(failed.error, 'hypervisor');
  const what = `The migration of ${dom.name} from ${source.host} to ${target.host}`;
  if (source.connection.closed) {
    throw recoded(
      reason,
      'host-unreachable',
      `${what} was under way when the connection to ${source.host} was lost (${reason.message}); libvirt goes on ` +
        'with it by itself. Ask both hosts which of them runs the domain.',
    );
  }
  const here = await presenceOf(source.connection, dom);
  const there = await source
    .withTarget(target, (connection) => presenceOf(connection, dom))
    .catch((failure: unknown) => AttituneError.from(failure, 'host-unreachable'));
  if (failed.postCopy) {
    afterPostCopy(source, failed, what, reason, here, there);
    return;
  }
  if (failed.active ? here?.active : here) {
    throw stayed(failed, what, reason, await leftOnTarget(source, failed, here, there));
  }
  if (there instanceof AttituneError) {
    throw new AttituneError(
      'host-unreachable',
      `${what} failed: ${reason.message}; ${source.host} has the domain no more, and ${target.host} does not answer: ` +
        `${there.message} Ask ${target.host} whether it runs the domain.`,
      { cause: failed.error, details: reason.details },
    );
  }
  if (there?.active || (there && !failed.active)) {
    if (here) await forget(source.connection, here);
    return;
  }
  const defined = await definedOnce(source, failed, here, there);
  throw recoded(
    reason,
    'domain-died',
    `${dom.name} stopped on ${source.host} while it migrated to ${target.host}: ${reason.message}; neither host runs it${defined}.`,
  );
}

/** The guest runs on the source, or is defined there: what the target still has of it, as the end of the sentence. */
async function leftOnTarget(
  source: FailedSource,
  { dom, target, persistent }: FailedMigration,
  here: Presence | undefined,
  there: Presence | undefined | AttituneError,
): Promise<string> {
  const state = here?.active ? here.state : 'defined';
  const where = `it is ${state} on ${source.host}`;
  if (there instanceof AttituneError) {
    return persistent
      ? `${where}; ${target.host} does not answer, so look for a definition of ${dom.name} there later`
      : where;
  }
  if (!there) return where;
  if (there.active && there.state === 'running' && here?.state === 'running') {
    throw new AttituneError(
      'domain-doubled',
      `${dom.name} runs on ${source.host} and on ${target.host} after a migration that failed. Both write to its disks: ` +
        'power off the one on the target, then check the file system.',
      { details: { hosts: [source.host, target.host] } },
    );
  }
  if (there.active) return `${where}, and ${there.state} on ${target.host}, which has not given it up yet`;
  // of one that is not defined on the source this is the only definition: somebody's own
  if (!persistent) return `${where}, and defined on ${target.host}`;
  const taken = await source
    .withTarget(target, (connection) => forget(connection, there))
    .then(
      () => 'the definition that was left on',
      () => 'undefine it by hand on',
    );
  return taken.startsWith('the')
    ? `${where}; ${taken} ${target.host} was removed`
    : `${where}, and defined on ${target.host} too: ${taken} ${target.host}`;
}

/** It runs nowhere: where its definition is. Two of them become one, that of the source. */
async function definedOnce(
  source: FailedSource,
  { target }: FailedMigration,
  here: Presence | undefined,
  there: Presence | undefined,
): Promise<string> {
  if (!here) return there ? `; it is defined on ${target.host}` : '';
  if (!there) return `; it is defined on ${source.host}`;
  const removed = await source
    .withTarget(target, (connection) => forget(connection, there))
    .then(
      () => true,
      () => false,
    );
  return removed
    ? `; it is defined on ${source.host}`
    : `; it is defined on ${source.host} and on ${target.host}: undefine one of them`;
}

/** From its switch to post-copy on, a guest's memory is on both hosts, and neither part is worth anything alone. */
function afterPostCopy(
  source: FailedSource,
  { target }: FailedMigration,
  what: string,
  reason: AttituneError,
  here: Presence | undefined,
  there: Presence | undefined | AttituneError,
): void {
  const gone = !here?.active;
  if (gone && !(there instanceof AttituneError) && there?.active) return;
  const told = (presence: Presence | undefined, host: string) =>
    presence?.active ? `${presence.state} on ${host}` : `gone from ${host}`;
  const other = there instanceof AttituneError ? `${target.host} does not answer` : told(there, target.host);
  const both = !gone && !(there instanceof AttituneError) && there?.active;
  throw recoded(
    reason,
    'domain-died',
    `${what} broke after the guest had begun to run on the target (post-copy): ${reason.message}; it is ` +
      `${told(here, source.host)}, ${other}. Its memory is on both hosts, so that the guest may be lost. ` +
      (both
        ? `Where the link is back, "virsh migrate --postcopy-resume" on ${source.host} can save it; else power it off on both hosts and start it anew from its disk.`
        : 'Make sure that it is off on both hosts, then start it anew from its disk.'),
  );
}

function stayed(failed: FailedMigration, what: string, reason: AttituneError, where: string): AttituneError {
  if (failed.aborting === 'timeout') {
    const within = failed.timeoutMs === undefined ? 'its time' : `${failed.timeoutMs / 1000} s`;
    return recoded(
      reason,
      'migration-timeout',
      `${what} did not end within ${within} and was aborted; ${where}. Give it more time or bandwidth, or allow post-copy.`,
    );
  }
  if (failed.aborting === 'abort' || libvirtCode(reason) === virErrorNumber.VIR_ERR_OPERATION_ABORTED) {
    return recoded(reason, 'migration-aborted', `${what} was aborted; ${where}.`);
  }
  return recoded(reason, 'migration-failed', `${what} failed: ${reason.message}; ${where}.`);
}
