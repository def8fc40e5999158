import { posix } from 'node:path';
import { Balancer } from '../simulated/balancer.js';
import type { SimulatedMachine } from '../simulated/machine.js';
import type { SimulatedProcess } from '../simulated/process.js';
import type { ServiceAnswer, SimulatedService } from '../simulated/service.js';
import type { ProgramCall, SimulatedSoftware } from '../simulated/software.js';
import { DirectiveFault, readDirectives, type ApacheDirectives } from './apache-directives.simulation.js';

export interface ApacheSimulationSettings {
  /** Mean CPU time of one request in Apache. */
  readonly cpuMs?: number;
  readonly distribution?: SimulatedService['distribution'];
}

const PROGRAMS: ReadonlySet<string> = new Set(['apache2', 'httpd', 'apache2ctl', 'apachectl']);
const NO_ERROR = 0;

/**
 * Apache httpd in the simulation. It reads its configuration when it starts and when it reloads, and never in between:
 * a member that is added without a reload gets no request.
 */
export function apacheSimulation({
  cpuMs = 0.4,
  distribution = 'exponential',
}: ApacheSimulationSettings = {}): SimulatedSoftware {
  const running = new WeakMap<SimulatedProcess, Server>();

  const serve = (process: SimulatedProcess, call: ProgramCall, path: string, directives: ApacheDirectives) => {
    const server = new Server(process, { path, env: call.env, cpuMs, distribution });
    running.set(process, server);
    return server.begin(directives);
  };

  /** `-k start`: takes the ports, goes to the background, and leaves its process id in a file. */
  const start = (call: ProgramCall, path: string, directives: ApacheDirectives): number => {
    const daemon = call.machine.spawn([...call.argv], call.env);
    const taken = serve(daemon, call, path, directives);
    if (taken === undefined) return NO_ERROR;
    call.err(`(98)Address already in use: AH00072: make_sock: could not bind to address 0.0.0.0:${taken}\n`);
    daemon.exit(1);
    return 1;
  };

  const execute = (call: ProgramCall): number | undefined => {
    const { path, command } = options(call.argv);
    let directives: ApacheDirectives;
    try {
      directives = readDirectives(call.machine.files, path, call.env);
    } catch (error) {
      if (!(error instanceof DirectiveFault)) throw error;
      call.err(`apache2: ${error.message}\n`);
      return 1;
    }
    if (command === 'test') {
      call.err('Syntax OK\n');
      return NO_ERROR;
    }
    if (command === 'foreground') {
      const taken = serve(call.process, call, path, directives);
      return taken === undefined ? undefined : 1;
    }
    const present = findServer(call.machine, directives.pidFile, running);
    const signal = SIGNALS[command];
    if (signal === undefined) {
      if (!present) return start(call, path, directives);
      call.out(`httpd (pid ${present.pid}) already running\n`);
      return NO_ERROR;
    }
    if (present) present.signal(signal);
    else if (signal === 'SIGUSR1' || signal === 'SIGHUP') return start(call, path, directives);
    else call.err('httpd (no pid file) not running\n');
    return NO_ERROR;
  };

  return {
    name: 'apache',
    matches: ([program = '']) => PROGRAMS.has(posix.basename(program)),
    execute: (call) => {
      const code = execute(call);
      // reading a configuration takes a moment
      if (code !== undefined) call.process.after(50, () => call.process.exit(code));
    },
  };
}

/** What `-k` sends to the running server. */
const SIGNALS: Readonly<Record<string, NodeJS.Signals>> = {
  graceful: 'SIGUSR1',
  restart: 'SIGHUP',
  stop: 'SIGTERM',
  'graceful-stop': 'SIGWINCH',
};

function options(argv: readonly string[]): { readonly path: string; readonly command: string } {
  const after = (option: string) => (argv.includes(option) ? argv[argv.indexOf(option) + 1] : undefined);
  const command = argv.includes('-t')
    ? 'test'
    : argv.some((arg) => /^-?-?DFOREGROUND$|^FOREGROUND$/.test(arg)) || argv.includes('-X')
      ? 'foreground'
      : (after('-k') ?? argv.slice(1).find((arg) => arg in SIGNALS) ?? 'start');
  return { path: after('-f') ?? '/etc/apache2/apache2.conf', command };
}

/** The server whose process id is in the file, if it lives. */
function findServer(
  machine: SimulatedMachine,
  pidFile: string,
  running: WeakMap<SimulatedProcess, Server>,
): SimulatedProcess | undefined {
  const process = machine.process(Number(machine.files.read(pidFile)));
  return process && running.has(process) ? process : undefined;
}

/** A running Apache. */
class Server implements SimulatedService {
  readonly cpuMs: number;
  readonly distribution: 'exponential' | 'constant';
  readonly #process: SimulatedProcess;
  readonly #path: string;
  readonly #env: Readonly<Record<string, string>>;
  #directives: ApacheDirectives | undefined;
  #balancers = new Map<unknown, Balancer>();

  constructor(
    process: SimulatedProcess,
    settings: {
      readonly path: string;
      readonly env: Readonly<Record<string, string>>;
      readonly cpuMs: number;
      readonly distribution: 'exponential' | 'constant';
    },
  ) {
    this.#process = process;
    this.#path = settings.path;
    this.#env = settings.env;
    this.cpuMs = settings.cpuMs;
    this.distribution = settings.distribution;
  }

  /** Takes the ports; returns the one that is taken by another program, if any. */
  begin(directives: ApacheDirectives): number | undefined {
    const { machine } = this.#process;
    const taken = directives.ports.find((port) => !machine.listen(port, this.#process, this));
    if (taken !== undefined) return taken;
    this.#use(directives);
    machine.files.write(directives.pidFile, `${this.#process.pid}\n`);
    this.#process.onSignal = (signal) => this.#onSignal(signal);
    this.#process.onExit(() => {
      if (machine.powered) machine.files.remove(directives.pidFile);
    });
    return undefined;
  }

  answer(path: string): ServiceAnswer {
    const directives = this.#directives;
    if (directives?.locations.some((location) => path.startsWith(location))) return { status: 200, body: 'OK' };
    const pass = directives?.passes.find(({ prefix }) => path.startsWith(prefix));
    if (pass?.to === undefined)
      return path === '/' ? { status: 200, body: 'It works!' } : { status: 404, body: 'Not Found' };
    return { balancer: this.#balancers.get(pass.to) ?? new Balancer([]) };
  }

  #use(directives: ApacheDirectives): void {
    this.#directives = directives;
    this.#balancers = new Map();
    for (const { to } of directives.passes) {
      if (typeof to === 'string')
        this.#balancers.set(to, this.#balancers.get(to) ?? new Balancer(directives.balancers.get(to) ?? []));
      else if (to) this.#balancers.set(to, new Balancer([to]));
    }
  }

  #onSignal(signal: NodeJS.Signals): boolean {
    if (signal === 'SIGUSR1' || signal === 'SIGHUP') this.#reload();
    else if (signal === 'SIGWINCH') this.#drain();
    else return false;
    return true;
  }

  /** A graceful reload: requests under way end as they began, new ones see the new configuration. */
  #reload(): void {
    const process = this.#process;
    process.machine.kernel.catchUp();
    try {
      const directives = readDirectives(process.machine.files, this.#path, this.#env);
      process.machine.unlisten(process);
      if (directives.ports.some((port) => !process.machine.listen(port, process, this))) process.exit(1);
      else this.#use(directives);
    } catch (error) {
      if (!(error instanceof DirectiveFault)) throw error;
      process.exit(1);
    }
  }

  /** Takes no new request, and ends when the last one under way is answered. */
  #drain(): void {
    const process = this.#process;
    process.machine.unlisten(process);
    const look = () => {
      process.machine.kernel.catchUp();
      if (process.requests === 0) process.exit(0);
      else process.after(50, look);
    };
    look();
  }
}
