import { RemoteExecutor } from '../../agent/remote-executor.js';
import type { AgentDirectory } from '../../loop/agents/index.js';
import type { Clock } from '../../model/clock.js';
import type { HostAgents } from '../../../wrappers/hosts/index.js';

/** Agents that are not there when a system is brought up are waited for so long. */
export const AGENTS_WITHIN_MS = 30_000;

/** The agents on a manager's bus, for an infrastructure. */
export function hostAgents(directory: AgentDirectory, clock: Clock, withinMs = AGENTS_WITHIN_MS): HostAgents {
  const { member } = directory;
  return {
    executorFor: (host) => new RemoteExecutor(member, host, clock),
    awaited: async (hosts, { signal, onProgress }) => {
      const missing = hosts.filter((host) => directory.get(host)?.heardAt === undefined);
      if (missing.length === 0) return;
      onProgress(`agents: waiting for ${missing.join(', ')}`);
      await directory.heard(hosts, withinMs, signal);
      signal.throwIfAborted();
    },
    machine: (host) => {
      const { heartbeat } = directory.get(host) ?? {};
      if (!heartbeat) return undefined;
      const { cores, server } = heartbeat;
      // what it could not read is not known, and no place for anything
      return { cpus: cores?.length ?? 1, memoryMiB: server?.memoryTotalMiB ?? 0 };
    },
    onHeard: (host, listener) => directory.onHeartbeat(({ agent }) => agent === host && listener()),
  };
}
