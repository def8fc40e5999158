import { BusMember } from '../../bus/member.js';
import { MemoryHub } from '../../bus/memory-hub.js';
import type { Manager } from '../../loop/manager.js';
import type { PeersUse } from '../../model/deployment.js';
import type { Diagram, DiagramEngine } from '../../model/diagram.js';
import { AttituneError } from '../../model/errors.js';
import type { Infrastructure } from '../../model/infrastructure.js';
import type { PeerRole } from '../../model/peer.js';
import { SeededRandom, type Random } from '../../model/random.js';
import { PeerNode } from '../../peers/peer-node.js';
import { libraryDiagrams } from './library-diagrams.js';
import { ManagedPeerHost, type PeerState } from './managed-peer-host.js';
import type { RunningPeers } from './running-peers.js';

export interface PeersParts {
  readonly peers: PeersUse;
  readonly manager: Manager;
  readonly infrastructure: Infrastructure;
  readonly engine: DiagramEngine;
  /** Diagrams of the deployment that were read already, by file. */
  readonly diagrams: ReadonlyMap<string, Diagram>;
  /** Each peer gets a random of its own, made from this one. */
  readonly random: Random;
}

const LARGEST_SEED = 2 ** 31;

/**
 * One peer for each host of the deployment's `<peers>`, all in this process and on a bus in memory, with the clock of the
 * infrastructure. They decide by themselves and know of each other only what they tell each other; the manager moves what
 * they decided, and looks on.
 */
export async function startPeers(parts: PeersParts): Promise<RunningPeers> {
  const { peers, manager, infrastructure, engine, random } = parts;
  const { clock } = infrastructure;
  const hub = new MemoryHub({ clock });
  const diagrams = libraryDiagrams(engine);
  const uses = peers.peers.flatMap((use) => use.hosts.map((host) => [host, use] as const));
  const contacts = uses.map(([host]) => host);
  const states = new Map<string, PeerState>();
  const nodes = new Map<string, { readonly node: PeerNode; readonly bus: BusMember }>();
  const machines: ManagedPeerHost[] = [];
  let changedAt = clock.now();
  let stopping: Promise<void> | undefined;
  const stop = () =>
    (stopping ??= (async () => {
      await Promise.all([...nodes.values()].map(({ node }) => node.stop()));
      await Promise.all([...nodes.values()].map(({ bus }) => bus.close()));
      await Promise.all(machines.map((machine) => machine.close()));
    })());
  const notice = (host: string, text: string, data: Readonly<Record<string, unknown>>) => {
    const { role, code, kind } = data;
    if (role !== undefined) {
      changedAt = clock.now();
      states.set(host, { role: role as PeerRole, since: changedAt, text });
    }
    // what was moved the manager tells itself
    if (kind === 'moved') return;
    manager.journal.append(code === undefined ? 'component' : 'trouble', host, text, { data });
  };
  try {
    for (const [host, use] of uses) {
      const machine = new ManagedPeerHost(infrastructure.host(host), clock, manager, () => states.get(host));
      machines.push(machine);
      const own = new SeededRandom(Math.floor(random.next() * LARGEST_SEED));
      const bus = await BusMember.open(hub.transport(), { name: host, role: 'peer', clock, random: own });
      const node = new PeerNode({
        ...{ bus, engine, clock, random: own, diagrams },
        host: machine,
        policy: policyOf(parts.diagrams, use.file),
        parameters: use.parameters,
        contacts: () => contacts.filter((name) => name !== host),
        ...(use.cell === undefined ? {} : { cell: use.cell }),
        ...{ choice: peers.choice, trading: peers.trading, adapting: peers.adapting, everyMs: peers.everyMs },
        accepting: () => manager.system.component(host).lifeCycle.state === 'started',
        onNotice: (text, data) => notice(host, text, data),
      });
      nodes.set(host, { node, bus });
    }
  } catch (error) {
    await stop();
    throw error;
  }
  for (const { node } of nodes.values()) node.start();
  return {
    roles: () => Object.fromEntries([...nodes].map(([host, { node }]) => [host, node.role ?? 'idle'])),
    changedAt: () => changedAt,
    stop,
  };
}

function policyOf(diagrams: ReadonlyMap<string, Diagram>, file: string): Diagram {
  const found = diagrams.get(file);
  if (!found) throw new AttituneError('file-not-found', `The policy ${file} was not read.`);
  return found;
}
