/** The ways by which the manager knows of a host: its hypervisor's connection, and the agent that runs there. */
export type HostWay = 'hypervisor' | 'agent';

/** The event that tells the loss of a way. A host is back (`host.reachable`) once none of its ways is lost any more. */
export const LOSS_EVENTS = {
  hypervisor: 'host.unreachable',
  agent: 'host.failed',
} as const satisfies Record<HostWay, string>;

/** Which ways are lost, by host; and which loss or return of each was the last, so that what took long is not applied to what came after. */
export class HostWays {
  readonly #lost = new Map<string, Set<HostWay>>();
  readonly #turns = new Map<string, number>();

  /** False where it was lost already: then there is nothing to tell. */
  lose(host: string, way: HostWay): boolean {
    this.turn(host, way);
    const lost = this.#lost.get(host) ?? new Set();
    if (lost.has(way)) return false;
    this.#lost.set(host, lost.add(way));
    return true;
  }

  isLost(host: string, way: HostWay): boolean {
    return this.#lost.get(host)?.has(way) === true;
  }

  /** True where no way is lost any more, and one was. */
  regain(host: string, way: HostWay): boolean {
    const lost = this.#lost.get(host);
    return lost !== undefined && lost.delete(way) && lost.size === 0;
  }

  /** Begins a turn, which ends every former one of that way. */
  turn(host: string, way: HostWay): () => boolean {
    const key = `${host}\n${way}`;
    const turn = (this.#turns.get(key) ?? 0) + 1;
    this.#turns.set(key, turn);
    return () => this.#turns.get(key) === turn;
  }

  /** Ends every turn. */
  clear(): void {
    this.#turns.clear();
  }
}
