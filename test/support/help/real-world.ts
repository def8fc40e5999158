import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { SystemClock } from '../../../core/model/clock.js';
import type { PeerVm } from '../../../core/model/peer.js';
import type { NegotiationStep } from '../../../core/peers/negotiation/index.js';
import { eventually } from '../eventually.js';
import { HarshHost, type HarshGround } from './harsh-host.js';
import { HelpNetwork } from './help-network.js';
import type { FromPeer, PeerStatus, ToPeer } from './peer-messages.js';

const PORT = 7421;
/** How long everything may take to come to rest again. */
const CONVERGE_MS = 60_000;
/** How long it may take until a peer is in a state that it must come to. */
const REACH_MS = 30_000;

export interface RealWorldOptions {
  readonly number: number;
  /** The folder of a certificate authority, which has issued a client for each peer, and the host `hub`. */
  readonly pki: string;
  readonly hosts: Readonly<Record<string, { readonly memoryMiB?: number; readonly vms?: readonly PeerVm[] }>>;
}

/**
 * Peers as processes in network namespaces, on a hub that is one, too. Their hypervisors are this process: what they do
 * outlives the agents, and every VM is seen at any time.
 */
export class RealWorld {
  readonly hosts = new Map<string, HarshHost>();
  readonly ground: HarshGround;
  readonly network: HelpNetwork;
  readonly clock = new SystemClock();
  /** Called at each step of each negotiation. */
  onStep: (peer: string, step: NegotiationStep) => void = () => undefined;
  broken: (from: string, to: string) => boolean = () => false;
  readonly #children = new Map<string, ChildProcess>();
  readonly #pki: string;
  readonly #vms: readonly string[];

  constructor({ number, pki, hosts }: RealWorldOptions) {
    this.#pki = pki;
    this.network = new HelpNetwork(number, Object.keys(hosts));
    this.ground = {
      ...{ clock: this.clock, hosts: this.hosts, moves: [], violations: [] },
      linked: (from, to) => !this.broken(from, to),
    };
    for (const [name, { memoryMiB = 4096, vms = [] }] of Object.entries(hosts))
      this.hosts.set(name, new HarshHost(name, memoryMiB, vms, this.ground));
    this.#vms = Object.values(hosts).flatMap(({ vms = [] }) => vms.map(({ name }) => name));
  }

  host(name: string): HarshHost {
    return this.hosts.get(name)!;
  }

  async up(): Promise<void> {
    this.network.up();
    await Promise.all([this.startHub(), ...[...this.hosts.keys()].map((name) => this.start(name))]);
  }

  /** Kills all processes of it and removes its namespaces. */
  async down(): Promise<void> {
    await Promise.all([...this.#children.keys()].map((name) => this.kill(name)));
    this.network.down();
  }

  startHub(): Promise<void> {
    return this.#spawn('hub', this.network.inside(), 'hub-process.js', [
      ...[this.network.hubAddress, `${PORT}`, `${this.#pki}/hosts/hub`],
    ]);
  }

  start(peer: string): Promise<void> {
    const address = `wss://${this.network.hubAddress}:${PORT}`;
    const names = [...this.hosts.keys()].join(',');
    const args = [peer, address, `${this.#pki}/clients/${peer}`, names];
    return this.#spawn(peer, this.network.inside(peer), 'peer-process.js', args);
  }

  /** Kills a peer, or `hub`, at once. */
  async kill(name: string): Promise<void> {
    const child = this.#children.get(name);
    this.#children.delete(name);
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const exit = once(child, 'exit');
    child.kill('SIGKILL');
    await exit;
  }

  /** Resolves at the next step of a peer into a state. */
  async reached(peer: string, side: NegotiationStep['side'], state: string): Promise<void> {
    let reached = false;
    this.onStep = (name, step) => {
      reached ||= name === peer && step.side === side && step.configuration.includes(state);
    };
    await eventually(() => Promise.resolve(reached), REACH_MS, `${peer} is in state ${state} of ${side}`);
  }

  async status(peer: string): Promise<PeerStatus> {
    const child = this.#children.get(peer)!;
    const answer = new Promise<PeerStatus>((resolve) => {
      const onMessage = (message: FromPeer) => {
        if (message.kind !== 'status') return;
        child.off('message', onMessage);
        resolve(message.status);
      };
      child.on('message', onMessage);
    });
    child.send({ kind: 'status' } satisfies ToPeer);
    return answer;
  }

  /** No host has more load than CPUs, nobody negotiates, and nothing is reserved. */
  async converged(): Promise<void> {
    const look = async () => {
      const loads = [...this.hosts.values()].map(({ load }) => load);
      const states = await Promise.all([...this.hosts.keys()].map((name) => this.status(name)));
      const restless = states.filter(({ busy, reservedMiB, connected }) => busy || reservedMiB > 0 || !connected);
      if (Math.max(...loads) <= 4 && restless.length === 0) return true;
      throw new Error(JSON.stringify({ loads, states }));
    };
    await eventually(look, CONVERGE_MS, 'the load is evened out, and nothing is reserved');
  }

  /** What was done wrong, in sentences; also VMs that are lost. */
  wrongs(): readonly string[] {
    const here = [...this.hosts.values()].flatMap(({ vmsHere }) => [...vmsHere.keys()]);
    return [
      ...this.ground.violations,
      ...this.#vms.filter((vm) => here.filter((name) => name === vm).length !== 1).map((vm) => `${vm} is not once`),
    ];
  }

  async #spawn(name: string, inside: readonly string[], script: string, args: readonly string[]): Promise<void> {
    const file = new URL(script, import.meta.url).pathname;
    const [program = '', ...before] = inside;
    const child = spawn(program, [...before, process.execPath, '--enable-source-maps', file, ...args], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    this.#children.set(name, child);
    const calls = new Map<number, AbortController>();
    await new Promise<void>((resolve, reject) => {
      child.once('exit', (code) => reject(new Error(`${name} ended with ${code} before it was ready`)));
      child.on('message', (message: FromPeer) => {
        if (message.kind === 'ready') resolve();
        else if (message.kind === 'step') this.onStep(name, message.step);
        else if (message.kind === 'abort') calls.get(message.id)?.abort();
        else if (message.kind === 'call') void this.#serve(name, child, message, calls);
      });
    });
  }

  async #serve(
    name: string,
    child: ChildProcess,
    { id, method, args }: Extract<FromPeer, { kind: 'call' }>,
    calls: Map<number, AbortController>,
  ): Promise<void> {
    const host = this.hosts.get(name)!;
    const [vm = '', to = ''] = args;
    const controller = new AbortController();
    calls.set(id, controller);
    const methods = {
      readings: () => host.readings(),
      vms: () => host.vms(),
      migrating: () => host.migrating(vm),
      migrate: () => host.migrate(vm, to, controller.signal),
    };
    const answer: ToPeer = await methods[method]().then(
      (result: unknown) => ({ kind: 'answer', id, answer: result }) as const,
      (error: unknown) => ({ kind: 'answer', id, error: String(error) }) as const,
    );
    calls.delete(id);
    // whoever asked may be dead by now; what it began was carried out all the same
    if (child.connected) child.send(answer, () => undefined);
  }
}
