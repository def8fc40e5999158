import type { Executor } from '../../core/model/executor.js';
import { AttituneError } from '../../core/model/errors.js';
import type { HostCapabilities, Hypervisor, Subscription } from '../../core/model/hypervisor.js';
import type { UpOptions } from '../../core/model/infrastructure.js';
import { NoHypervisor } from './no-hypervisor.js';

/** The agents of other machines, as an infrastructure needs them. An agent has the name of its host. */
export interface HostAgents {
  /** Runs things on that host, by its agent; made also for one that is not there yet. */
  executorFor(host: string): Executor;
  /**
   * Waits for the agents of those hosts that cannot do without, for a bounded time; resolves also where some are still
   * missing: they are taken as hosts that do not answer. Rejects with the signal's reason.
   */
  awaited(hosts: readonly string[], options: UpOptions): Promise<void>;
  /** What an agent has told of its machine; `undefined` where it was not heard yet. */
  machine(host: string): { readonly cpus: number; readonly memoryMiB: number } | undefined;
  /** Calls back at each heartbeat of that agent. */
  onHeard(host: string, listener: () => void): Subscription;
}

const AGENT_URI = /^agent:\/\/(\[[0-9a-fA-F:]+\]|[A-Za-z0-9]([A-Za-z0-9._-]{0,251}[A-Za-z0-9])?)\/?$/;

/** The address of a host without a hypervisor that is another machine, from `agent://ADDRESS`; `undefined` for other URIs. */
export function agentAddress(uri: string): string | undefined {
  return AGENT_URI.exec(uri)?.[1]?.replace(/^\[(.*)\]$/, '$1');
}

/** A machine without a hypervisor that only its agent knows. Until that was heard the host is one that does not answer. */
export class AgentMachine extends NoHypervisor {
  constructor(
    host: string,
    uri: string,
    private readonly agents: HostAgents,
  ) {
    super(host, uri);
  }

  /** Rejects with `host-unreachable` until its agent was heard. */
  override async capabilities(): Promise<HostCapabilities> {
    const machine = this.agents.machine(this.host);
    if (!machine)
      throw new AttituneError(
        'host-unreachable',
        `${this.host} is waiting for its agent: start 'attitune agent' there.`,
      );
    return { ...(await super.capabilities()), ...machine };
  }

  /** Tells the first time that its agent is heard. That it is silent later is for who watches agents to tell. */
  override readonly onConnection: Hypervisor['onConnection'] = (listener) => {
    if (this.agents.machine(this.host)) return { unsubscribe: () => undefined };
    const subscription = this.agents.onHeard(this.host, () => {
      if (!this.agents.machine(this.host)) return;
      subscription.unsubscribe();
      listener({ connected: true });
    });
    return subscription;
  };
}
