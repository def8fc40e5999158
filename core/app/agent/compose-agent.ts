import 'reflect-metadata';
import { readFileSync } from 'node:fs';
import { arch, availableParallelism, release, type } from 'node:os';
import { Container } from 'inversify';
import { Agent } from '../../agent/agent.js';
import { asset } from '../../assets/package-root.js';
import type { Clock } from '../../model/clock.js';
import type { Executor } from '../../model/executor.js';
import type { Hypervisor } from '../../model/hypervisor.js';
import type { HostAccess } from '../../model/infrastructure.js';
import type { MemberBus } from '../../model/member-bus.js';
import type { AgentDescription } from '../../model/messages.js';
import { probesModule } from '../../../probes/probes.module.js';
import * as Probes from '../../../probes/tokens.js';
import { NoHypervisor } from '../../../wrappers/hosts/no-hypervisor.js';
import { LOCAL_URI } from '../../../wrappers/hosts/index.js';
import { UndiciHttpClient } from '../../../wrappers/http/undici-http-client.js';
import { LocalExecutor } from '../../../wrappers/language/executors/local.js';
import { lastingConnection } from '../lasting-connection.js';
import { hypervisorUri, type AgentOptions } from './agent-options.js';
import type { MakeCompanion } from './companion.js';
import { LocalMachineReader } from './local-machine-reader.js';
import { peerCompanion } from './peer-companion.js';
import { propertyCompanion } from './property-companion.js';

/** Every kind of companion; they start in this order, after the agent, and stop in the other. */
const COMPANIONS: readonly MakeCompanion[] = [propertyCompanion, peerCompanion];

/** The agent of this machine, with all that runs beside it. */
export interface RunningAgent {
  readonly agent: Agent;
  readonly hypervisor?: Hypervisor;
  /** Stops everything, and leaves the bus. */
  stop(): Promise<void>;
}

/**
 * Puts the agent of this machine together and starts it. Rejects as connecting to the hypervisor does where that can
 * never work; one that does not answer yet is told of as a trouble. The bus is closed by `stop`, also where this rejects.
 */
export async function startAgent(
  bus: MemberBus,
  clock: Clock,
  options: AgentOptions,
  say: (text: string) => void = () => undefined,
): Promise<RunningAgent> {
  const stops: (() => void | Promise<void>)[] = [() => bus.close()];
  const stop = async () => {
    for (let end = stops.pop(); end; end = stops.pop()) await end();
  };
  try {
    const container = new Container({ defaultScope: 'Singleton' });
    container.load(probesModule);
    const machine = new LocalMachineReader(container.get(Probes.LocalMachine), clock);
    const prepared = machine.prepare();
    const hypervisor = await connected(bus.name, clock, options);
    if (hypervisor) stops.push(() => hypervisor.close());
    const http = new UndiciHttpClient();
    stops.push(() => http.close());
    const executor = new LocalExecutor({ node: bus.name });
    const host = hostAccess(bus.name, executor, hypervisor);
    const agent = new Agent({
      bus,
      clock,
      machine,
      about: about(options),
      executor,
      ...(hypervisor ? { hypervisor } : {}),
      probes: { registry: container.get(Probes.ProbeRegistry), host: () => host, http },
      ...(options.managers ? { managers: options.managers } : {}),
      ...(options.every === undefined ? {} : { everyMs: options.every }),
      accepting: options.accepting,
    });
    await prepared;
    agent.start();
    stops.push(() => agent.stop());
    for (const make of COMPANIONS) {
      const parts = { agent, bus, clock, executor, machine, options, say, ...(hypervisor ? { hypervisor } : {}) };
      const companion = await make(parts);
      if (!companion) continue;
      stops.push(() => companion.stop());
      await companion.start();
    }
    return { agent, ...(hypervisor ? { hypervisor } : {}), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function connected(name: string, clock: Clock, options: AgentOptions): Promise<Hypervisor | undefined> {
  const uri = hypervisorUri(options);
  return uri === undefined ? undefined : lastingConnection({ name, uri }, clock);
}

function about({ inside }: AgentOptions): Pick<AgentDescription, 'version' | 'kind' | 'machine'> {
  const { version } = JSON.parse(readFileSync(asset('package.json'), 'utf8')) as { version: string };
  const system = `${type()} ${release()} on ${arch()}, ${availableParallelism()} CPUs`;
  return inside === undefined
    ? { version, kind: 'host', machine: system }
    : { version, kind: 'vm', machine: `${system}, inside ${inside}` };
}

/** This machine as probes see hosts. */
function hostAccess(name: string, executor: Executor, hypervisor: Hypervisor | undefined): HostAccess {
  return {
    name,
    address: '127.0.0.1',
    hypervisor: hypervisor ?? new NoHypervisor(name, LOCAL_URI),
    executor,
    migrationUri: hypervisor?.uri ?? LOCAL_URI,
    cpuCapacity: availableParallelism,
    local: true,
  };
}
