import { Agent, type AgentParts } from '../../../core/agent/agent.js';
import { SimulatedMachine } from '../../../core/agent/simulated-machine.js';
import { BusMember } from '../../../core/bus/member.js';
import { MemoryHub } from '../../../core/bus/memory-hub.js';
import { SimulatedClock } from '../../../core/model/clock.js';
import type { Command, CommandResult, Executor } from '../../../core/model/executor.js';
import type { Heartbeat } from '../../../core/model/messages.js';
import { SeededRandom } from '../../../core/model/random.js';

/** An executor that does nothing but to note what it is asked, and takes as long as it is told. */
export class NotingExecutor implements Executor {
  readonly node = 'host1';
  readonly ran: string[] = [];
  readonly ended: string[] = [];
  readonly started: string[] = [];
  readonly files = new Map<string, string>();
  /** Milliseconds that a command takes, by its first word. */
  readonly takes = new Map<string, number>();
  answer: (command: Command) => CommandResult = () => ({ exitCode: 0, stdout: '', stderr: '' });

  constructor(private readonly clock: SimulatedClock) {}

  run(command: Command): Promise<CommandResult> {
    const line = command.argv.join(' ');
    this.ran.push(line);
    return new Promise((resolve, reject) => {
      const timer = this.clock.setTimeout(
        () => {
          this.ended.push(line);
          command.signal?.removeEventListener('abort', onAbort);
          resolve(this.answer(command));
        },
        this.takes.get(command.argv[0]) ?? 0,
      );
      const onAbort = () => {
        this.clock.clearTimeout(timer);
        reject(command.signal?.reason as Error);
      };
      if (command.signal?.aborted === true) onAbort();
      else command.signal?.addEventListener('abort', onAbort, { once: true });
    });
  }

  start(command: Command): Promise<{ readonly pid: number }> {
    this.started.push(command.argv.join(' '));
    return Promise.resolve({ pid: 4000 + this.started.length });
  }
  signal(): Promise<boolean> {
    return Promise.resolve(true);
  }
  isRunning(pid: number): Promise<boolean> {
    return Promise.resolve(pid > 4000 && pid <= 4000 + this.started.length);
  }
  put(path: string, content: string): Promise<void> {
    this.files.set(path, content);
    return Promise.resolve();
  }
  get(path: string): Promise<string | undefined> {
    return Promise.resolve(this.files.get(path));
  }
}

/** An agent `host1` and a manager on a bus in memory, in simulated time. */
export class AgentWorld {
  readonly clock = new SimulatedClock(1_700_000_000_000);
  readonly hub = new MemoryHub({ clock: this.clock });
  readonly machine = new SimulatedMachine({ load: [1.5, 1, 0.5], cpu: 0.4, memoryFreeMiB: 1024 }, [0.7, 0.1]);
  readonly executor = new NotingExecutor(this.clock);
  readonly heartbeats: (Heartbeat & { readonly heardAt: number })[] = [];
  manager!: BusMember;
  agentBus!: BusMember;
  agent!: Agent;
  #lives = 0;

  static async make(parts: Partial<AgentParts> = {}): Promise<AgentWorld> {
    const world = new AgentWorld();
    world.manager = await world.join('manager', 'manager');
    world.manager.subscribe('agent.heartbeat', (heartbeat) =>
      world.heartbeats.push({ ...heartbeat, heardAt: world.clock.now() }),
    );
    await world.begin(parts);
    return world;
  }

  /** One life of the agent. */
  async begin(parts: Partial<AgentParts> = {}): Promise<void> {
    this.agentBus = await this.join('host1', 'agent');
    this.agent = new Agent({
      bus: this.agentBus,
      clock: this.clock,
      machine: this.machine,
      about: { version: '1.2.3', kind: 'host', machine: 'a test' },
      executor: this.executor,
      ...parts,
    });
    this.agent.start();
    await this.clock.advance(10);
  }

  /** As when its process is killed. */
  kill(): void {
    this.hub.kill('host1');
    this.agent.stop();
  }

  join(name: string, role: string): Promise<BusMember> {
    this.#lives += 1;
    const random = new SeededRandom(this.#lives);
    return BusMember.open(this.hub.transport(), { name, role, clock: this.clock, random });
  }

  /** Lets time pass until the promise is settled. */
  during<T>(promise: Promise<T>): Promise<T> {
    return this.clock.runUntil(promise);
  }
}

/** What it rejects with. */
export async function failure(promise: Promise<unknown>): Promise<Error & { readonly code?: string }> {
  return promise.then(
    (value) => {
      throw new Error(`it resolved with ${JSON.stringify(value)}`);
    },
    (error: unknown) => error as Error,
  );
}
