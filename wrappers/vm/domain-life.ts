import type { Clock } from '../../core/model/clock.js';
import { AttituneError } from '../../core/model/errors.js';
import type { DomainState } from '../../core/model/hypervisor.js';
import type { HostAccess } from '../../core/model/infrastructure.js';

const GONE: ReadonlySet<DomainState> = new Set(['shutoff', 'crashed']);

/** The state of a domain that is on a host, `blocked` counting as `running`; `undefined` where there is none. */
export async function domainState(host: HostAccess, name: string): Promise<DomainState | undefined> {
  const domain = (await host.hypervisor.list()).find((candidate) => candidate.name === name);
  if (!domain || GONE.has(domain.state)) return undefined;
  return domain.state === 'blocked' ? 'running' : domain.state;
}

/** On which of the hosts a domain is; those that do not answer are passed over. */
export async function findDomain(
  name: string,
  hosts: readonly HostAccess[],
): Promise<{ readonly host: HostAccess; readonly state: DomainState } | undefined> {
  const found = await Promise.all(
    hosts.map(async (host) => {
      const state = await domainState(host, name).catch((error: unknown) => {
        if (AttituneError.is(error, 'host-unreachable')) return undefined;
        throw error;
      });
      return state === undefined ? [] : [{ host, state }];
    }),
  );
  const all = found.flat();
  // during a migration it is on two: it runs on one of them
  return all.find(({ state }) => state === 'running') ?? all[0];
}

/** True once a domain is gone from its host, false if it is still there after `waitMs`. */
export async function waitUntilGone(
  host: HostAccess,
  name: string,
  waitMs: number,
  clock: Clock,
  signal: AbortSignal,
): Promise<boolean> {
  let onGone: () => void = () => undefined;
  const told = new Promise<boolean>((resolve) => (onGone = () => resolve(true)));
  const subscription = await host.hypervisor.onDomainEvent((event) => {
    if (event.domain === name && ['stopped', 'crashed'].includes(event.kind)) onGone();
  });
  const onAbort = () => onGone();
  let timer: unknown;
  try {
    // it may have gone before anyone listened
    if ((await domainState(host, name)) === undefined) return true;
    signal.addEventListener('abort', onAbort, { once: true });
    const late = new Promise<boolean>((resolve) => (timer = clock.setTimeout(() => resolve(false), waitMs)));
    await Promise.race([told, late]);
    if (signal.aborted)
      throw new AttituneError('cancelled', `Waiting for the end of ${name} was cancelled.`, { cause: signal.reason });
    // a lost event must not lose the need: the world is asked again
    return (await domainState(host, name)) === undefined;
  } finally {
    clock.clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
    subscription.unsubscribe();
  }
}
