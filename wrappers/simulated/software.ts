import type { SimulatedMachine } from './machine.js';
import type { SimulatedProcess } from './process.js';

/** One program being run on a simulated machine. */
export interface ProgramCall {
  readonly machine: SimulatedMachine;
  /** Ends by its `exit`; a program that never calls it goes on until it is signalled. */
  readonly process: SimulatedProcess;
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly input: string;
  /** `run` waits for the end and takes the output; `start` leaves it running, the output going to a log file. */
  readonly mode: 'run' | 'start';
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** Runs another program, in the same process group. */
  readonly launch: (
    argv: readonly string[],
    change?: Partial<Pick<ProgramCall, 'env' | 'cwd' | 'input' | 'out' | 'err'>>,
  ) => SimulatedProcess;
}

/**
 * How a kind of software behaves in the simulation: a plug-in, one object per software, listed where the infrastructure
 * is made. The first whose `matches` says yes runs the program.
 */
export interface SimulatedSoftware {
  readonly name: string;
  matches(argv: readonly string[], machine: SimulatedMachine): boolean;
  /**
   * Called when the program starts. It may read and write the machine's files, listen on ports, use CPU, set timers on
   * its process, handle signals (`process.onSignal`), make other processes (a daemon), and end (`process.exit`).
   */
  execute(call: ProgramCall): void;
}

/** What becomes of a program that no software matches. */
export type UnknownPrograms = 'succeed' | 'fail';

/** The software that a simulation knows. */
export class ProgramTable {
  readonly #software: readonly SimulatedSoftware[];
  readonly #unknown: UnknownPrograms;

  constructor(software: readonly SimulatedSoftware[], unknown: UnknownPrograms) {
    this.#software = software;
    this.#unknown = unknown;
  }

  /** Whether such a program could be run. */
  has(argv: readonly string[], machine: SimulatedMachine): boolean {
    return this.#unknown === 'succeed' || this.#software.some((candidate) => candidate.matches(argv, machine));
  }

  /** Starts a program in a process of its own. */
  launch(
    machine: SimulatedMachine,
    start: Omit<ProgramCall, 'machine' | 'process' | 'launch'>,
    parent?: SimulatedProcess,
  ): SimulatedProcess {
    const process = machine.spawn(start.argv, start.env, parent);
    const call: ProgramCall = {
      ...start,
      machine,
      process,
      launch: (argv, change = {}) => this.launch(machine, { ...start, ...change, argv, mode: 'run' }, process),
    };
    const software = this.#software.find((candidate) => candidate.matches(start.argv, machine));
    if (software) {
      software.execute(call);
    } else if (this.#unknown === 'fail') {
      call.err(`${start.argv[0] ?? ''}: not found\n`);
      process.exit(127);
    } else if (start.mode === 'run') {
      // what is not modelled has no effect; that it takes effect is what real parts show
      process.exit(0);
    }
    return process;
  }
}
