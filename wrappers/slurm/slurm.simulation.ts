import { posix } from 'node:path';
import type { SimulationKernel } from '../simulated/kernel.js';
import type { SimulatedMachine } from '../simulated/machine.js';
import type { ProgramCall, SimulatedSoftware } from '../simulated/software.js';
import { SlurmState, usedCpus, type SimulatedJob, type SimulatedNode } from './slurm-state.simulation.js';

/** A command of a client takes about this long. */
const ANSWER_MS = 20;
/** slurmctld and slurmd answer so long after they were started. */
const START_MS = 500;

interface Controller {
  readonly machine: SimulatedMachine;
  readonly state: SlurmState;
}

/** What a client's command prints, and its exit code. */
type Client = (call: ProgramCall, state: SlurmState, given: Given) => number;

/** Controllers by `ADDRESS:PORT`, of each simulation. */
const controllers = new WeakMap<SimulationKernel, Map<string, Controller>>();

function controllersOf({ machine }: ProgramCall): Map<string, Controller> {
  const known = controllers.get(machine.kernel) ?? new Map<string, Controller>();
  controllers.set(machine.kernel, known);
  return known;
}

/** Options as `--name=value`, `--name value` for those that take one, and single letters. */
interface Given {
  readonly options: ReadonlyMap<string, string>;
  readonly rest: readonly string[];
}

/** The long names of letters that take a value, of all the clients together. */
const LETTERS: Readonly<Record<string, string>> = {
  p: 'partition',
  o: 'format',
  t: 'states',
  w: 'nodelist',
  N: 'nodes',
  n: 'ntasks',
  c: 'cpus-per-task',
  f: 'conf-file',
};
/** sinfo uses some letters in other ways. */
const LETTERS_OF_SINFO: Readonly<Record<string, string>> = { p: 'partition', o: 'format', n: 'nodelist', t: 'states' };

function given([program = '', ...args]: readonly string[]): Given {
  const letters = posix.basename(program) === 'sinfo' ? LETTERS_OF_SINFO : LETTERS;
  const options = new Map<string, string>();
  const rest: string[] = [];
  for (let at = 0; at < args.length; at += 1) {
    const arg = args[at] ?? '';
    const long = /^--([\w-]+)(?:=(.*))?$/s.exec(arg);
    const letter = /^-(\w)$/.exec(arg)?.[1];
    if (long)
      options.set(long[1] ?? '', long[2] ?? (long[1] === 'conf' || long[1] === 'wrap' ? (args[++at] ?? '') : ''));
    else if (letter !== undefined && letters[letter] !== undefined) options.set(letters[letter], args[++at] ?? '');
    else if (letter === undefined) rest.push(arg);
  }
  return { options, rest };
}

function fill(format: string, values: Readonly<Record<string, string | number>>): string {
  return format.replace(/%(?:\.?\d*)([a-zA-Z])/g, (_, letter: string) => String(values[letter] ?? ''));
}

function listed(text: string | undefined): readonly string[] | undefined {
  return text === undefined ? undefined : text.split(',').map((name) => name.trim());
}

const CLIENTS: Readonly<Record<string, Client>> = {
  squeue: (call, state, { options }) => {
    const [partitions, states, nodes] = ['partition', 'states', 'nodelist'].map((name) => listed(options.get(name)));
    const wrong = nodes?.find((name) => !state.nodes.has(name));
    if (wrong !== undefined) return fails(call, `squeue: error: Invalid node name ${wrong}`);
    for (const job of state.jobs) {
      const told = job.state === 'PENDING' || job.state === 'RUNNING';
      if (states ? !states.includes(job.state) : !told) continue;
      if (partitions?.includes(job.partition) === false) continue;
      if (nodes && !job.on.some(({ name }) => nodes.includes(name))) continue;
      const format = options.get('format') ?? '%i %P %T %r';
      const values = { i: job.id, P: job.partition, T: job.state, C: job.cpus, D: job.nodes, r: job.reason || 'None' };
      call.out(`${fill(format, values)}\n`);
    }
    return 0;
  },
  sinfo: (call, state, { options }) => {
    const [partitions, nodes] = ['partition', 'nodelist'].map((name) => listed(options.get(name)));
    const format = options.get('format') ?? '%P %N %T';
    const byNode = call.argv.includes('-N') || call.argv.includes('--Node');
    for (const partition of state.partitions) {
      if (partitions?.includes(partition) === false) continue;
      const own = [...state.nodes.values()].filter(
        ({ group, name }) => group === partition && (nodes?.includes(name) ?? true),
      );
      const shown: readonly (SimulatedNode | undefined)[] = byNode ? own : [undefined];
      for (const node of shown) {
        const used = node ? usedCpus(node) : 0;
        const cpus = node ? `${used}/${node.cpus - used}/0/${node.cpus}` : '';
        const about = { P: partition, R: partition, a: state.closed.has(partition) ? 'down' : 'up', C: cpus };
        call.out(`${fill(format, { ...about, N: node?.name ?? '', T: node ? state.stateOf(node) : '' })}\n`);
      }
    }
    return 0;
  },
  sbatch: (call, state, { options, rest }) => {
    const partition = options.get('partition') ?? state.partitions[0] ?? '';
    if (!state.partitions.includes(partition))
      return fails(call, 'sbatch: error: Batch job submission failed: Invalid partition name specified');
    const file = rest[0];
    const script =
      options.get('wrap') ?? (file === undefined ? call.input : call.machine.files.read(posix.resolve(call.cwd, file)));
    if (script === undefined) return fails(call, `sbatch: error: Unable to open file ${file ?? ''}`);
    const count = (name: string) => Math.max(1, Number(options.get(name) ?? 1) || 1);
    const job = state.submit({
      partition,
      nodes: count('nodes'),
      cpus: Math.max(count('nodes'), count('ntasks') * count('cpus-per-task')),
      runMs: sleeps(script) * 1000,
      held: options.has('hold'),
    });
    call.out(options.has('parsable') ? `${job.id}\n` : `Submitted batch job ${job.id}\n`);
    return 0;
  },
  scancel: (_, state, { rest }) => (rest.map((id) => state.cancel(Number(id))).every(Boolean) ? 0 : 1),
  scontrol: (call, state, { rest }) => {
    const [verb = '', ...words] = rest;
    const pairs = new Map(
      words.map((word) => [word.split('=')[0]?.toLowerCase() ?? '', word.slice(word.indexOf('=') + 1)]),
    );
    return (SCONTROL[verb] ?? unknownVerb)(call, state, { words, pairs });
  },
};

type Verb = (
  call: ProgramCall,
  state: SlurmState,
  given: { readonly words: readonly string[]; readonly pairs: ReadonlyMap<string, string> },
) => number;

const SCONTROL: Readonly<Record<string, Verb>> = {
  ping: ({ out }) => {
    out('Slurmctld(primary) at localhost is UP\n');
    return 0;
  },
  reconfigure: () => 0,
  update: (call, state, { pairs }) => {
    const [partition, node, to] = [
      pairs.get('partitionname'),
      pairs.get('nodename'),
      pairs.get('state')?.toUpperCase(),
    ];
    if (partition !== undefined) {
      if (!state.partitions.includes(partition)) return fails(call, 'Invalid partition name specified');
      if (to === 'UP') state.closed.delete(partition);
      else state.closed.add(partition);
    } else {
      const known = state.nodes.get(node ?? '');
      if (!known) return fails(call, `slurm_update error: Invalid node name specified`);
      known.draining = to === 'DRAIN';
    }
    state.changed();
    return 0;
  },
  delete: (call, state, { pairs }) => {
    const name = pairs.get('nodename') ?? '';
    return state.forget(name) ? 0 : fails(call, `delete_node NodeName=${name}: Requested nodes are busy`);
  },
  show: (call, state, { words: [what, id] }) => {
    const job = what === 'job' ? state.jobs.find((candidate) => candidate.id === Number(id)) : undefined;
    if (!job) return fails(call, 'slurm_load_jobs error: Invalid job id specified');
    call.out(
      `JobId=${job.id} Partition=${job.partition}\n   JobState=${job.state} Reason=${job.reason || 'None'} Restarts=${job.restarts}\n`,
    );
    return 0;
  },
  hold: (_, state, { words }) => hold(state, words, true),
  release: (_, state, { words }) => hold(state, words, false),
};

function hold(state: SlurmState, ids: readonly string[], held: boolean): number {
  const jobs = ids.map((id) => state.jobs.find((job) => job.id === Number(id)));
  for (const job of jobs) if (job) job.held = held;
  state.changed();
  return jobs.every((job): job is SimulatedJob => job !== undefined) ? 0 : 1;
}

function unknownVerb(call: ProgramCall): number {
  return fails(call, `invalid keyword: ${call.argv[1] ?? ''}`);
}

function fails({ err }: ProgramCall, message: string): number {
  err(`${message}\n`);
  return 1;
}

/** How long a script takes: what it sleeps. */
function sleeps(script: string): number {
  return [...script.matchAll(/\bsleep\s+(\d+(?:\.\d+)?)/g)].reduce((sum, [, seconds]) => sum + Number(seconds), 0);
}

/** A setting of slurm.conf on the machine of a call. */
function settings(call: ProgramCall, path = call.env['SLURM_CONF'] ?? '/etc/slurm/slurm.conf') {
  const text = call.machine.files.read(path);
  if (text === undefined) return undefined;
  const value = (name: string) => new RegExp(`^${name}=(.*)$`, 'm').exec(text)?.[1] ?? '';
  const address = /\(([^)]+)\)/.exec(value('SlurmctldHost'))?.[1] ?? '';
  const partitions = [...text.matchAll(/^PartitionName=(\S+)/gm)].map(([, name = '']) => name);
  return { controller: `${address}:${value('SlurmctldPort')}`, port: Number(value('SlurmctldPort')), partitions };
}

/** The controller that a machine reaches now. */
function reached(call: ProgramCall, path?: string): Controller | undefined {
  const found = controllersOf(call).get(settings(call, path)?.controller ?? '');
  return found && call.machine.reachable && found.machine.reachable ? found : undefined;
}

const DAEMONS: Readonly<Record<string, (call: ProgramCall, given: Given) => void>> = {
  slurmctld: (call, { options }) => {
    const { process, machine } = call;
    const read = settings(call, options.get('conf-file'));
    if (!read || !machine.listen(read.port, process, { cpuMs: 1, answer: () => ({ status: 400, body: '' }) })) {
      call.err(
        read
          ? 'slurmctld: fatal: Address already in use\n'
          : 'slurmctld: fatal: Unable to process configuration file\n',
      );
      process.exit(1);
      return;
    }
    process.after(START_MS, () => {
      const own = { machine, state: new SlurmState(process, read.partitions) };
      const known = controllersOf(call);
      known.set(read.controller, own);
      process.onExit(() => {
        if (known.get(read.controller) === own) known.delete(read.controller);
      });
    });
  },
  slurmd: (call, { options }) => {
    const { process, argv } = call;
    const name = argv[argv.indexOf('-N') + 1] ?? '';
    const conf = options.get('conf') ?? '';
    const [group, cpus] = ['Feature', 'CPUs'].map((key) => new RegExp(`\\b${key}=(\\S+)`).exec(conf)?.[1]);
    if (argv.indexOf('-N') < 0 || group === undefined) {
      call.err('slurmd: fatal: a dynamic node needs -N and a Feature\n');
      process.exit(1);
      return;
    }
    // it asks again until the controller answers
    const join = () => {
      const controller = reached(call, options.get('conf-file'));
      if (controller) controller.state.register({ name, group, cpus: Number(cpus ?? 1), process });
      else process.after(START_MS, join);
    };
    process.after(START_MS, join);
  },
};

/** munged answers while its socket is there; what it is asked is not modelled. */
const MUNGE: Readonly<Record<string, (call: ProgramCall, given: Given) => number>> = {
  munged: (call, { options }) => {
    const { machine } = call;
    const socket = options.get('socket') ?? '/run/munge/munge.socket.2';
    const running = machine.processes.find(({ argv }) => argv[0] === 'munged-daemon' && argv[1] === socket);
    if (options.has('stop')) {
      running?.signal('SIGTERM');
      return running ? 0 : 1;
    }
    if (machine.files.read(options.get('key-file') ?? '') === undefined)
      return fails(call, 'munged: Error: Failed to find keyfile');
    if (running) return 1;
    const daemon = machine.spawn(['munged-daemon', socket]);
    machine.files.write(socket, '');
    daemon.onExit(() => machine.files.remove(socket));
    return 0;
  },
  munge: ({ machine, argv }) => (machine.files.read(argv[argv.indexOf('-S') + 1] ?? '') === undefined ? 1 : 0),
};

/** Slurm in the simulation: the daemons, munge, and the clients as far as wrappers, probes and tests use them. */
export const SLURM: SimulatedSoftware = {
  name: 'slurm',
  matches: ([program = '']) => {
    const name = posix.basename(program);
    return [CLIENTS, DAEMONS, MUNGE].some((table) => Object.hasOwn(table, name));
  },
  execute: (call) => {
    const name = posix.basename(call.argv[0] ?? '');
    const options = given(call.argv);
    const daemon = DAEMONS[name];
    if (daemon) {
      daemon(call, options);
      return;
    }
    const end = (code: number) => call.process.exit(code);
    const munge = MUNGE[name];
    call.process.after(ANSWER_MS, () => {
      if (munge) {
        end(munge(call, options));
        return;
      }
      const controller = reached(call);
      const unable = `${name}: error: Unable to contact slurm controller (connect failure)`;
      end(controller ? (CLIENTS[name]?.(call, controller.state, options) ?? 127) : fails(call, unable));
    });
  },
};
