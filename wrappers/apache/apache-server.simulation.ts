import { Balancer } from '../simulated/balancer.js';
import type { SimulatedProcess } from '../simulated/process.js';
import type { Distribution, ServiceAnswer, SimulatedService } from '../simulated/service.js';
import { DirectiveFault, type ApacheDirectives } from './apache-directives.simulation.js';

export interface ApacheServerSettings {
  readonly cpuMs: number;
  readonly distribution: Distribution;
  /** Reads the configuration as it is now. Throws `DirectiveFault`. */
  readonly read: () => ApacheDirectives;
  readonly log: (text: string) => void;
}

/**
 * A running Apache: a process that only supervises, and below it one that serves. A graceful reload makes a new serving
 * process with the new configuration; the former takes nothing new and ends when what it began is answered.
 */
export class ApacheServer {
  readonly #process: SimulatedProcess;
  readonly #settings: ApacheServerSettings;
  #serving: SimulatedProcess | undefined;

  constructor(process: SimulatedProcess, settings: ApacheServerSettings) {
    this.#process = process;
    this.#settings = settings;
  }

  /** Takes the ports and begins to serve. Throws `DirectiveFault` where a port is taken. */
  begin(directives: ApacheDirectives): void {
    const { machine, pid } = this.#process;
    this.#serve(directives);
    machine.files.write(directives.pidFile, `${pid}\n`);
    this.#process.onSignal = (signal) => this.#onSignal(signal);
    this.#process.onExit(() => {
      for (const child of machine.processes) if (child.parent === pid) child.exit(0);
      if (machine.powered) machine.files.remove(directives.pidFile);
    });
  }

  #serve(directives: ApacheDirectives): void {
    const { machine, argv, env } = this.#process;
    const serving = machine.spawn(argv, env, this.#process);
    const { cpuMs, distribution } = this.#settings;
    const service: SimulatedService = { cpuMs, distribution, answer: responder(directives) };
    const taken = directives.ports.find((port) => !machine.listen(port, serving, service));
    if (taken !== undefined) {
      serving.exit(1);
      throw new DirectiveFault(
        `(98)Address already in use: AH00072: make_sock: could not bind to address 0.0.0.0:${taken}`,
      );
    }
    this.#serving = serving;
  }

  #onSignal(signal: NodeJS.Signals): boolean {
    if (signal === 'SIGUSR1' || signal === 'SIGHUP') this.#reload(signal === 'SIGHUP');
    else if (signal === 'SIGWINCH') this.#stopGracefully();
    else return false;
    return true;
  }

  #reload(atOnce: boolean): void {
    const former = this.#serving;
    try {
      const directives = this.#settings.read();
      if (former) this.#process.machine.unlisten(former);
      this.#serve(directives);
    } catch (error) {
      if (!(error instanceof DirectiveFault)) throw error;
      // httpd ends when it cannot take over its configuration
      this.#settings.log(`${error.message}\n`);
      this.#process.exit(1);
      return;
    }
    if (atOnce) former?.exit(0);
    else if (former) this.#drain(former, () => former.exit(0));
  }

  #stopGracefully(): void {
    const serving = this.#serving;
    if (serving) this.#drain(serving, () => this.#process.exit(0));
  }

  /** Takes no new request, and goes on when the last one under way is answered. */
  #drain(serving: SimulatedProcess, then: () => void): void {
    serving.machine.unlisten(serving);
    const look = () => {
      serving.machine.kernel.catchUp();
      if (serving.requests === 0) then();
      else serving.after(50, look);
    };
    look();
  }
}

/** What becomes of a request by the directives that were read. */
function responder({ redirects, locations, passes, balancers }: ApacheDirectives): (path: string) => ServiceAnswer {
  const made = new Map<unknown, Balancer>();
  for (const { to } of passes) {
    if (to !== undefined && !made.has(to))
      made.set(to, new Balancer(typeof to === 'string' ? (balancers.get(to) ?? []) : [to]));
  }
  return (path) => {
    const redirect = redirects.find(({ matches }) => matches(path));
    if (redirect) return { status: redirect.status, body: '' };
    if (locations.some((location) => path.startsWith(location))) return { status: 200, body: 'OK' };
    const balancer = made.get(passes.find(({ prefix }) => path.startsWith(prefix))?.to);
    if (balancer) return { balancer };
    return path === '/' ? { status: 200, body: 'It works!' } : { status: 404, body: 'Not Found' };
  };
}
