import { injectable } from 'inversify';
import { AttituneError, type SourcePlace } from '../core/model/errors.js';
import type { Probe, ProbeInstance, ProbeTarget } from '../core/model/probe.js';
import { parseDurationMs } from '../core/model/quantity.js';
import { checkAttributes, withAttributes } from './sources/attribute-text.js';
import { checkDuration, oneOf } from './sources/own-metric.js';
import {
  isIdle,
  JOB_FORMAT,
  NODE_FORMAT,
  parseJobs,
  parseNodes,
  takesJobs,
  wantsNodes,
  type SlurmJob,
  type SlurmNode,
} from './sources/slurm-text.js';

const STATES = ['pending', 'running', 'idle'] as const;
const COUNTS = ['jobs', 'cpus', 'nodes'] as const;
const DEFAULT_TIMEOUT = '15 s';
/** Of a job that is on a node, whatever it does there. */
const ON_NODES = 'RUNNING,COMPLETING,CONFIGURING,SUSPENDED,STOPPED';

type Count = (typeof COUNTS)[number];

const OF_JOB: Readonly<Record<Count, (job: SlurmJob) => number>> = {
  jobs: () => 1,
  cpus: ({ cpus }) => cpus,
  nodes: ({ nodes }) => nodes,
};

/**
 * The queue of a partition of Slurm: what waits in it for nodes, what runs, or which nodes are idle. squeue and sinfo are run
 * where the component is. Where they fail, as when the controller does not answer, the reading is missing, and never 0.
 */
@injectable()
export class SlurmQueueProbe implements Probe {
  readonly measure = 'slurm-queue';
  readonly description = 'What waits in a partition of Slurm for nodes, what runs in it, or what is idle.';
  readonly unit = '';
  readonly parameters = [
    {
      name: 'partition',
      required: false,
      description:
        'Its name; $name is an attribute of the component. Default: the attribute "partition"; with node, any.',
    },
    {
      name: 'state',
      required: false,
      description:
        '"pending": jobs that more nodes would start, not those that are held or wait for others; "running"; "idle". Default: "pending".',
    },
    {
      name: 'count',
      required: false,
      description: '"jobs", "cpus" or "nodes". Default: "jobs"; of idle ones "nodes".',
    },
    { name: 'node', required: false, description: 'Only what runs on this node, such as $srname.' },
    {
      name: 'conf',
      required: false,
      description: 'slurm.conf. Default: that in the component\'s attribute "folder", else the system\'s own.',
    },
    {
      name: 'timeout',
      required: false,
      description: `The commands are ended after this. Default: "${DEFAULT_TIMEOUT}".`,
    },
  ];

  unitOf(parameters: Readonly<Record<string, string>>): string {
    const { state, count } = parameters;
    return count ?? (state === 'idle' ? 'nodes' : 'jobs');
  }

  check(parameters: Readonly<Record<string, string>>, place: SourcePlace): void {
    const { timeout, node } = parameters;
    const state = oneOf('state', parameters['state'], STATES, place);
    const count = parameters['count'] === undefined ? undefined : oneOf('count', parameters['count'], COUNTS, place);
    checkDuration('timeout', timeout, place);
    for (const name of ['partition', 'node', 'conf'])
      if (parameters[name] !== undefined) checkAttributes(parameters[name], place);
    if (state === 'idle' && count === 'jobs') throw wrong('No job is idle: count="nodes" or "cpus".', place);
    if (node !== undefined && state !== 'running')
      throw wrong('What is on one node runs there: state="running" goes with node="…".', place);
  }

  attach(target: ProbeTarget): ProbeInstance {
    const { parameters } = target;
    const state = oneOf('state', parameters['state'], STATES);
    const count = this.unitOf(parameters) as Count;
    const timeoutMs = parseDurationMs(parameters['timeout'] ?? DEFAULT_TIMEOUT);
    const run = async (signal: AbortSignal, program: string, ...args: readonly string[]): Promise<string> => {
      const executor = target.executor?.() ?? target.host().executor;
      const conf = confOf(target);
      const env = conf === undefined ? {} : { env: { SLURM_CONF: conf } };
      const { exitCode, stdout, stderr } = await executor.run({ argv: [program, ...args], ...env, timeoutMs, signal });
      // a partition or node that is unknown is told as an error, and the exit code is 0
      const said = stderr.trim().split('\n')[0] ?? '';
      if (exitCode === 0 && !/error|invalid/i.test(said)) return stdout;
      throw new AttituneError(
        'operation-failed',
        `${program} on ${executor.node} ended with exit code ${exitCode}${said ? `: ${said.slice(0, 200)}` : '.'}`,
        { details: { exitCode } },
      );
    };
    return {
      read: async (signal) => {
        const where = whereOf(target);
        if (state === 'idle') {
          const told = await run(signal, 'sinfo', '--noheader', '--all', '--Node', ...where, `--format=${NODE_FORMAT}`);
          return idle(parseNodes(told), count);
        }
        const states = `--states=${state === 'pending' ? 'PENDING' : ON_NODES}`;
        const format = `--format=${JOB_FORMAT}`;
        const jobs = parseJobs(await run(signal, 'squeue', '--noheader', '--all', '--array', states, ...where, format));
        return sum((state === 'pending' ? jobs.filter(wantsNodes) : jobs).map(OF_JOB[count]));
      },
    };
  }
}

function idle(nodes: readonly SlurmNode[], count: Count): number {
  return count === 'cpus' ? sum(nodes.filter(takesJobs).map(({ idleCpus }) => idleCpus)) : nodes.filter(isIdle).length;
}

/** Throws `unknown-attribute` where it is not told which partition. */
function whereOf(target: ProbeTarget): readonly string[] {
  const { partition, node } = target.parameters;
  if (node !== undefined) {
    const on = `--nodelist=${withAttributes(node, target)}`;
    return partition === undefined ? [on] : [on, `--partition=${withAttributes(partition, target)}`];
  }
  return [
    `--partition=${partition === undefined ? target.component.attribute('partition') : withAttributes(partition, target)}`,
  ];
}

function confOf(target: ProbeTarget): string | undefined {
  const { conf } = target.parameters;
  if (conf !== undefined) return withAttributes(conf, target);
  const folder = target.component.attributes.get('folder');
  return folder === undefined ? undefined : `${folder}/slurm.conf`;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function wrong(message: string, place: SourcePlace): AttituneError {
  return new AttituneError('value', message, { place });
}
