/** No domain runs twice: where one may be is kept before anything is done, and asked before it is started. */
import { AttituneError } from '../../core/model/errors.js';
import type { HostAccess } from '../../core/model/infrastructure.js';
import { isFenced, setWhereabouts, UUID, whereaboutsOf } from '../../core/model/whereabouts.js';
import type { OperationContext } from '../../core/model/wrapper.js';
import { domainState, findDomain } from './domain-life.js';

/** It may be on these hosts too, from now on; kept before a call that may bring it there. */
export function mayComeTo({ component }: OperationContext, ...hosts: readonly HostAccess[]): void {
  setWhereabouts(component, [...new Set([...whereaboutsOf(component), ...hosts.map(({ name }) => name)])]);
}

/** It is certain that it is on this host only, or, without one, nowhere. */
export function isOn({ component }: OperationContext, host?: HostAccess): void {
  setWhereabouts(component, host ? [host.name] : []);
}

/**
 * Lets a domain be started on a host. Rejects with `domain-exists` where another host has it, and with `host-unreachable`
 * where one that may have it does not answer and is not fenced: it may still run there, on the same disks.
 */
export async function refuseSecond(context: OperationContext, host: HostAccess): Promise<void> {
  const { component, infrastructure } = context;
  const others = infrastructure.hosts().filter(({ name }) => name !== host.name);
  const other = await findDomain(component.name, others);
  if (other) {
    throw new AttituneError(
      'domain-exists',
      `${component.name} is ${other.state} on ${other.host.name}, so it is not started on ${host.name}. Migrate it, or stop it there.`,
    );
  }
  await mustAnswer(context, others, (silent) => `is not started on ${host.name}. ${wayOut(silent)}`);
}

/** Rejects with `host-unreachable` where a host that may have the domain does not answer and is not fenced. */
export async function mustBeGone(context: OperationContext): Promise<void> {
  await mustAnswer(context, context.infrastructure.hosts(), (silent) => `cannot be called stopped. ${wayOut(silent)}`);
}

/**
 * The domain of that name on a host, if it runs there, must be this component's. Rejects with `domain-exists` for
 * another one of its name.
 */
export async function refuseStranger({ component }: OperationContext, host: HostAccess): Promise<void> {
  const known = component.attributes.get(UUID);
  const found = (await host.hypervisor.list()).find(({ name }) => name === component.name);
  if (!found) return;
  if (known === undefined) component.setAttribute(UUID, found.uuid);
  else if (found.uuid !== known) {
    throw new AttituneError(
      'domain-exists',
      `${host.name} has another domain of the name ${component.name} (${found.uuid}, not ${known}). It is left alone: rename it, or remove it.`,
    );
  }
}

async function mustAnswer(
  { component, system }: OperationContext,
  hosts: readonly HostAccess[],
  consequence: (silent: string) => string,
): Promise<void> {
  const { name } = component;
  const placed = system.hostOf(component)?.name;
  const may = new Set([...whereaboutsOf(component), ...(placed === undefined ? [] : [placed])]);
  for (const host of hosts) {
    if (!may.has(host.name) || (system.has(host.name) && isFenced(system.component(host.name)))) continue;
    await domainState(host, name).catch((error: unknown) => {
      if (!AttituneError.is(error, 'host-unreachable')) throw error;
      const what = `${name} may still run on ${host.name}, which does not answer, so it ${consequence(host.name)}`;
      throw new AttituneError('host-unreachable', `${what} (${error.message})`, { cause: error });
    });
  }
}

function wayOut(silent: string): string {
  return `Bring ${silent} back; or make sure that it is off, or cut off from disks and network, and give your word: the attribute fenced = yes of ${silent}, or the parameter fenced of library:restart-elsewhere`;
}
