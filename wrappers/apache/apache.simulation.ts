import { posix } from 'node:path';
import type { SimulatedMachine } from '../simulated/machine.js';
import type { SimulatedProcess } from '../simulated/process.js';
import type { Distribution } from '../simulated/service.js';
import type { ProgramCall, SimulatedSoftware } from '../simulated/software.js';
import { DirectiveFault, readDirectives } from './apache-directives.simulation.js';
import { ApacheServer } from './apache-server.simulation.js';

export interface ApacheSimulationSettings {
  /** Mean CPU time of one request in Apache. */
  readonly cpuMs?: number;
  readonly distribution?: Distribution;
}

const PROGRAMS: ReadonlySet<string> = new Set(['apache2', 'httpd', 'apache2ctl', 'apachectl']);

/** Reading a configuration takes a moment. */
const READ_MS = 50;

/** What `-k` sends to the running server. */
const SIGNALS: Readonly<Record<string, NodeJS.Signals>> = {
  graceful: 'SIGUSR1',
  restart: 'SIGHUP',
  stop: 'SIGTERM',
  'graceful-stop': 'SIGWINCH',
};

/**
 * Apache httpd in the simulation. It reads its configuration when it starts and when it reloads, and never in between:
 * a member that is added without a reload gets no request.
 */
export function apacheSimulation({
  cpuMs = 0.4,
  distribution = 'exponential',
}: ApacheSimulationSettings = {}): SimulatedSoftware {
  const servers = new WeakSet<SimulatedProcess>();

  const serve = (process: SimulatedProcess, call: ProgramCall, read: ReadConfiguration): void => {
    new ApacheServer(process, { cpuMs, distribution, read, log: call.err }).begin(read());
    servers.add(process);
  };

  /** `-k start`: takes the ports and goes to the background. */
  const startDaemon = (call: ProgramCall, read: ReadConfiguration): void => {
    const daemon = call.machine.spawn(call.argv, call.env);
    try {
      serve(daemon, call, read);
    } catch (error) {
      daemon.exit(1);
      throw error;
    }
  };

  /** `-k` with a command for the server that runs, if one does. */
  const command = (call: ProgramCall, name: string, read: ReadConfiguration): void => {
    const process = processOf(call.machine, read().pidFile);
    const server = process && servers.has(process) ? process : undefined;
    const signal = SIGNALS[name];
    if (signal === undefined && server) call.out(`httpd (pid ${server.pid}) already running\n`);
    else if (signal === undefined || (!server && (name === 'graceful' || name === 'restart'))) startDaemon(call, read);
    else if (server) server.signal(signal);
    else call.err('httpd (no pid file) not running\n');
  };

  return {
    name: 'apache',
    matches: ([program = '']) => PROGRAMS.has(posix.basename(program)),
    execute: (call) => {
      const { path, mode } = options(call.argv);
      const read = () => readDirectives(call.machine.files, path, call.env);
      let code = 0;
      try {
        if (mode === 'foreground') {
          serve(call.process, call, read);
          return;
        }
        if (mode === 'test') {
          read();
          call.err('Syntax OK\n');
        } else {
          command(call, mode, read);
        }
      } catch (error) {
        if (!(error instanceof DirectiveFault)) throw error;
        call.err(`apache2: ${error.message}\n`);
        code = 1;
      }
      call.process.after(READ_MS, () => call.process.exit(code));
    },
  };
}

type ReadConfiguration = () => ReturnType<typeof readDirectives>;

function options(argv: readonly string[]): { readonly path: string; readonly mode: string } {
  const after = (option: string) => (argv.includes(option) ? argv[argv.indexOf(option) + 1] : undefined);
  const path = after('-f') ?? '/etc/apache2/apache2.conf';
  if (argv.includes('-t')) return { path, mode: 'test' };
  if (argv.includes('-X') || argv.some((arg) => /^(-D)?FOREGROUND$/.test(arg))) return { path, mode: 'foreground' };
  return { path, mode: after('-k') ?? argv.slice(1).find((arg) => Object.hasOwn(SIGNALS, arg)) ?? 'start' };
}

/** The process whose id is in the file, if it lives. */
function processOf(machine: SimulatedMachine, pidFile: string): SimulatedProcess | undefined {
  return machine.process(Number(machine.files.read(pidFile)));
}
