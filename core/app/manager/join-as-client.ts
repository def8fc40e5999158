import type { Clock } from '../../model/clock.js';
import type { MemberBus } from '../../model/member-bus.js';
import { openMemberBus } from '../bus-address.js';

export interface ClientOptions {
  readonly bus?: string;
  readonly pki?: string;
  /** The token file of a bus without certificates. */
  readonly busToken?: string;
  /** Its name on the bus; default: the one in its certificate, or one that nobody else has. */
  readonly name?: string;
}

/** The bus that a command joins where it is told none: a manager's own, on this machine. */
export const DEFAULT_BUS = 'ws://127.0.0.1:7420';

/** Joins a bus for one command, and leaves it, also when `use` fails. Rejects as `openMemberBus` does. */
export async function asMember<T>(
  { bus = DEFAULT_BUS, pki, busToken, name }: ClientOptions,
  role: 'client' | 'manager',
  clock: Clock,
  use: (member: MemberBus) => Promise<T>,
): Promise<T> {
  const own = name ?? (pki === undefined ? `${role}-${process.pid}` : undefined);
  const member = await openMemberBus({ address: bus, pki, busToken, name: own, role, clock });
  try {
    return await use(member);
  } finally {
    await member.close();
  }
}
