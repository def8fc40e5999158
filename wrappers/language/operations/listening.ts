import { delay, type Clock } from '../../../core/model/clock.js';
import { AttituneError } from '../../../core/model/errors.js';
import type { Executor } from '../../../core/model/executor.js';

/** State `TCP_LISTEN` in the tables of proc(5), /proc/net/tcp. */
const LISTEN = '0A';

/** A program that has just ended may hold its port until the last of its threads is gone. */
const PATIENCE_MS = 1000;
const POLL_MS = 100;

/**
 * Throws `port-in-use` where something listens on a TCP port of the executor's node. Otherwise a program that cannot
 * take its port might pass for ready, because another answers there.
 */
export async function refuseTakenPort(executor: Executor, port: number, clock: Clock): Promise<void> {
  const until = clock.now() + PATIENCE_MS;
  while (await isTaken(executor, port)) {
    if (clock.now() >= until) {
      throw new AttituneError(
        'port-in-use',
        `Another program listens on port ${port} of ${executor.node}. Stop it, or give another port.`,
      );
    }
    await delay(clock, POLL_MS);
  }
}

async function isTaken(executor: Executor, port: number): Promise<boolean> {
  for (const table of ['/proc/net/tcp', '/proc/net/tcp6'])
    if (listeningPorts((await executor.get(table)) ?? '').has(port)) return true;
  return false;
}

/** The ports with a listening socket in a table of Linux. */
export function listeningPorts(table: string): ReadonlySet<number> {
  const ports = new Set<number>();
  for (const line of table.split('\n').slice(1)) {
    const [, local, , state] = line.trim().split(/\s+/);
    if (state === LISTEN && local) ports.add(parseInt(local.slice(local.lastIndexOf(':') + 1), 16));
  }
  return ports;
}
