import { connectHost, type VmHost } from '../../../wrappers/hosts/index.js';
import { LibvirtHypervisor } from '../../../wrappers/libvirt/index.js';
import { SystemClock } from '../../model/clock.js';
import { AttituneError, type ErrorCode } from '../../model/errors.js';
import { MigrationQueue } from '../../model/migration-queue.js';
import { interruptible } from '../interrupt.js';
import type { Terminal } from '../terminal.js';
import type { Fleet, SilentHost, Task } from './fleet.js';
import { selectHosts, type HostOptions } from './host-selection.js';

/** What is the host's trouble, not the call's. */
const SILENT: ReadonlySet<ErrorCode> = new Set(['host-unreachable', 'certificate', 'hypervisor', 'protocol']);
/** Nobody wants to be told of what is over at once. */
const SOON_MS = 1500;

/**
 * Connects to the hosts that the options name, runs `use`, and closes the connections again. Ctrl-C aborts the task's
 * signal. Rejects where no host answers at all, unless `evenNone`, and with `value` for a URI or attribute that cannot be.
 */
export function withFleet<T>(
  terminal: Terminal,
  options: HostOptions,
  use: (fleet: Fleet, task: Task) => Promise<T>,
  { evenNone = false }: { readonly evenNone?: boolean } = {},
): Promise<T> {
  const say = (text: string) => terminal.say(text);
  return interruptible(say, async (signal) => {
    const task: Task = { signal, say, onProgress: (step, fraction) => terminal.progress(step, fraction) };
    const { entries, source, unsafe, migration } = await selectHosts(options);
    const clock = new SystemClock();
    const hosts: VmHost[] = [];
    const silent: SilentHost[] = [];
    const patience = setTimeout(() => task.onProgress(`hosts of ${source}: connecting`), SOON_MS);
    try {
      const connect = ({ name, uri }: { readonly name: string; readonly uri: string }) =>
        LibvirtHypervisor.connect({ host: name, uri, clock, ...(unsafe ? { unsafe } : {}) });
      const outcomes = await Promise.allSettled(entries.map((entry) => connectHost(entry, { clock, connect })));
      outcomes.forEach((outcome, index) => {
        const { name = '', uri = '' } = entries[index] ?? {};
        if (outcome.status === 'fulfilled') hosts.push(outcome.value);
        else silent.push({ name, uri, error: AttituneError.from(outcome.reason, 'host-unreachable') });
      });
      clearTimeout(patience);
      const wrong = silent.filter(({ error }) => !SILENT.has(error.code)).map(({ error }) => error);
      if (wrong.length > 0) throw new AggregateError(wrong);
      if (hosts.length === 0 && !evenNone) throw new AggregateError(silent.map(({ error }) => error));
      signal.throwIfAborted();
      const migrations = new MigrationQueue(migration);
      return await use({ hosts, silent, migrations, clock, ...(migration && { migration }) }, task);
    } finally {
      clearTimeout(patience);
      terminal.done();
      await Promise.allSettled(hosts.map(({ hypervisor }) => hypervisor.close()));
    }
  });
}
