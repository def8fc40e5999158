import { execFileSync } from 'node:child_process';

/**
 * A network of its own, of namespaces: one with a switch, where the hub is, and one for each peer with a cable to it.
 * Nothing of it is in the namespace of this machine.
 */
export class HelpNetwork {
  readonly hubAddress: string;
  readonly #prefix: string;
  readonly #made: string[] = [];

  /** `number` tells apart networks that exist at the same time, from 1 to 200. */
  constructor(
    readonly number: number,
    private readonly peers: readonly string[],
  ) {
    this.#prefix = `peers-test-${process.pid}-${number}`;
    // the range for tests between networks: RFC 2544
    this.hubAddress = `198.18.${number}.1`;
  }

  up(): void {
    const hub = this.namespaceOf();
    this.#make(hub);
    ip('-n', hub, 'link', 'add', 'switch', 'type', 'bridge');
    ip('-n', hub, 'address', 'add', `${this.hubAddress}/24`, 'dev', 'switch');
    for (const device of ['lo', 'switch']) ip('-n', hub, 'link', 'set', device, 'up');
    this.peers.forEach((peer, index) => {
      const own = this.namespaceOf(peer);
      this.#make(own);
      ip('-n', hub, 'link', 'add', peer, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', own);
      ip('-n', hub, 'link', 'set', peer, 'master', 'switch', 'up');
      ip('-n', own, 'address', 'add', `198.18.${this.number}.${index + 2}/24`, 'dev', 'eth0');
      for (const device of ['lo', 'eth0']) ip('-n', own, 'link', 'set', device, 'up');
    });
  }

  /** Pulls the cable of a peer, or plugs it in again. */
  cable(peer: string, state: 'up' | 'down'): void {
    ip('-n', this.namespaceOf(), 'link', 'set', peer, state);
  }

  /** What a command begins with to run in the namespace of a peer, or of the hub. */
  inside(peer?: string): readonly [string, ...string[]] {
    return ['ip', 'netns', 'exec', this.namespaceOf(peer)];
  }

  down(): void {
    for (const name of this.#made.splice(0).reverse()) ip('netns', 'delete', name);
  }

  namespaceOf(peer = 'hub'): string {
    return `${this.#prefix}-${peer}`;
  }

  #make(name: string): void {
    ip('netns', 'add', name);
    this.#made.push(name);
  }
}

function ip(...args: readonly string[]): void {
  execFileSync('ip', args, { stdio: ['ignore', 'ignore', 'pipe'] });
}
