import { availableParallelism } from 'node:os';
import { delay } from '../../model/clock.js';
import { AttituneError } from '../../model/errors.js';
import type { Hypervisor } from '../../model/hypervisor.js';
import { MigrationQueue } from '../../model/migration-queue.js';
import type { PeerHost } from '../../model/peer.js';
import { HypervisorPeerHost } from '../../peers/hypervisor-peer-host.js';
import { PeerNode } from '../../peers/peer-node.js';
import { MACHINE_RANDOM } from '../../../wrappers/vm/identity/index.js';
import { migrateVm } from '../../../wrappers/vm/migrate-vm.js';
import { DiagramEngines } from '../diagram-engines.js';
import { lastingConnection } from '../lasting-connection.js';
import { libraryDiagrams } from '../peers/library-diagrams.js';
import type { AgentSurroundings, Companion, MakeCompanion } from './companion.js';
import { policyFile, uriOfPeer } from './peer-options.js';

/** How long a VM may be looked for on another host after its migration; then the connection there is given up. */
const CLOSE_AFTER_MS = 1000;

/** The machine of an agent as a peer, where `--peer` names a policy. Rejects where the policy is none. */
export const peerCompanion: MakeCompanion = (surroundings) => {
  const { options, hypervisor } = surroundings;
  const { peer } = options;
  if (peer === undefined) return Promise.resolve(undefined);
  return Promise.resolve().then(() => {
    if (hypervisor) return companion(surroundings, hypervisor, peer);
    const message = 'a peer gives and takes virtual machines: this machine has no hypervisor for --peer.';
    throw new AttituneError('usage', message);
  });
};

function companion(surroundings: AgentSurroundings, hypervisor: Hypervisor, name: string): Companion {
  const { agent, bus, clock, executor, options, say } = surroundings;
  const engine = new DiagramEngines();
  const { diagram, errors } = engine.read(policyFile(name));
  const [wrong] = errors;
  if (!diagram || wrong) throw wrong ?? new AttituneError('file-not-found', `The policy ${name} cannot be read.`);
  const host = new HypervisorPeerHost({
    host: { name: bus.name, hypervisor, executor, cpuCapacity: availableParallelism },
    clock,
    migrate: migrations(surroundings, hypervisor),
  });
  const others = new Set<string>();
  const node = new PeerNode({
    ...{ bus, host, engine, clock, random: MACHINE_RANDOM, policy: diagram, diagrams: libraryDiagrams(engine) },
    contacts: () => [...others],
    accepting: () => agent.accepting,
    onNotice: say,
    ...(options.peerParam ? { parameters: options.peerParam } : {}),
    ...(options.peerEvery === undefined ? {} : { everyMs: options.peerEvery }),
    ...(options.cell === undefined ? {} : { cell: options.cell }),
    ...(options.choice === undefined ? {} : { choice: options.choice }),
    ...{ trading: options.trading === true, adapting: options.adapting === true },
  });
  const membership = bus.onMembership(({ kind, member }) => {
    if (kind !== 'joined') others.delete(member.name);
    else if (member.role === 'agent' && member.name !== bus.name) others.add(member.name);
  });
  return {
    start: () => node.start(),
    stop: async () => {
      membership.unsubscribe();
      await node.stop();
      await host.close();
    },
  };
}

/** Each migration with pre-flight, and a connection to the other host for as long as it takes. */
function migrations(surroundings: AgentSurroundings, hypervisor: Hypervisor): PeerHost['migrate'] {
  const { bus, clock, options, say } = surroundings;
  const queue = new MigrationQueue();
  return async (domain, to, signal) => {
    const uri = uriOfPeer(to, options);
    const target = await lastingConnection({ name: to, uri }, clock);
    try {
      const from = { name: bus.name, hypervisor, migrationUri: hypervisor.uri };
      const there = { name: to, hypervisor: target, migrationUri: uri };
      const report = (text: string, data?: Readonly<Record<string, unknown>>) => {
        if (data?.['warnings'] !== undefined) say(text);
      };
      return await migrateVm({ domain, from, to: there, hosts: [from, there], queue, clock, signal, report });
    } finally {
      await Promise.race([target.close(), delay(clock, CLOSE_AFTER_MS)]);
    }
  };
}
