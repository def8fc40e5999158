import { asset } from '../../core/assets/package-root.js';
import { BusMember } from '../../core/bus/member.js';
import { MemoryHub } from '../../core/bus/memory-hub.js';
import { SimulatedClock } from '../../core/model/clock.js';
import type { Diagram } from '../../core/model/diagram.js';
import type { PeerVm } from '../../core/model/peer.js';
import { SeededRandom } from '../../core/model/random.js';
import { ModelHost } from '../../core/peers/model-host.js';
import { readHelpDiagrams } from '../../core/peers/negotiation/index.js';
import { PeerNode, type PeerDiagrams, type PeerNodeOptions } from '../../core/peers/peer-node.js';
import { ScxmlEngine } from '../../diagrams/statechart/index.js';

export const peerEngine = new ScxmlEngine();

export function libraryDiagram(name: string): Diagram {
  const { diagram, errors } = peerEngine.read(asset(`diagrams/library/${name}.scxml`));
  if (!diagram) throw new AggregateError(errors, `${name} cannot be read`);
  return diagram;
}

/** A diagram in a text. */
export function diagramOf(text: string): Diagram {
  const { diagram, errors } = peerEngine.readText(text, 'policy.scxml');
  if (!diagram) throw new AggregateError(errors, 'the policy cannot be read');
  return diagram;
}

let diagrams: PeerDiagrams | undefined;

export function peerDiagrams(): PeerDiagrams {
  return (diagrams ??= {
    levels: libraryDiagram('peer-levels'),
    help: readHelpDiagrams(peerEngine, asset('diagrams/library')),
    trade: libraryDiagram('trade'),
  });
}

export interface PeerPlan {
  readonly name: string;
  readonly policy: Diagram;
  readonly parameters?: Readonly<Record<string, string>>;
  readonly cpus?: number;
  readonly memoryMiB?: number;
  readonly cell?: string;
  readonly vms?: readonly PeerVm[];
}

export function vm(name: string, memoryMiB: number, load: number): PeerVm {
  return { name, memoryMiB, vcpus: 1, load };
}

/** Peers on model hosts and a bus in memory, in simulated time and from a seed. */
export class PeerWorld {
  readonly clock = new SimulatedClock(1_700_000_000_000);
  readonly hosts = new Map<string, ModelHost>();
  readonly nodes = new Map<string, PeerNode>();
  readonly members = new Map<string, BusMember>();
  readonly notices: string[] = [];
  readonly hub: MemoryHub;

  private constructor() {
    this.hub = new MemoryHub({ clock: this.clock });
  }

  static async of(
    plans: readonly PeerPlan[],
    seed: number,
    options: Partial<PeerNodeOptions> = {},
  ): Promise<PeerWorld> {
    const world = new PeerWorld();
    const { clock, hosts } = world;
    const names = plans.map(({ name }) => name);
    for (const [index, { name, policy, parameters = {}, cell, ...host }] of plans.entries()) {
      const random = new SeededRandom(seed * 1000 + index);
      hosts.set(name, new ModelHost({ name, clock, hosts, ...host }));
      const bus = await BusMember.open(world.hub.transport(), { name, role: 'agent', clock, random });
      world.members.set(name, bus);
      const node = new PeerNode({
        ...{ bus, host: hosts.get(name) as ModelHost, engine: peerEngine, clock, random, policy, parameters },
        ...(cell === undefined ? {} : { cell }),
        ...{ diagrams: peerDiagrams(), contacts: () => names },
        onNotice: (text) => world.notices.push(text),
        ...options,
      });
      world.nodes.set(name, node);
      node.start();
    }
    return world;
  }

  /** Where each VM is. */
  get distribution(): Readonly<Record<string, readonly string[]>> {
    return Object.fromEntries(
      [...this.hosts].map(([name, host]) => [name, host.present.map((each) => each.name).sort()]),
    );
  }

  get moves(): number {
    return [...this.hosts.values()].reduce((sum, { arrivals }) => sum + arrivals, 0);
  }

  async close(): Promise<void> {
    const closing = Promise.all([...this.nodes.values()].map((node) => node.stop()));
    await this.clock.advance(10_000);
    await closing;
    await Promise.all([...this.members.values()].map((member) => member.close()));
  }
}
