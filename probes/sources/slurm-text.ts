import { AttituneError } from '../../core/model/errors.js';

/** What squeue and sinfo print with the formats below; pure. Sources of the states and reasons: squeue(1), sinfo(1). */

/** Of `squeue --format`: state, CPUs, nodes, why it waits. The reason is last, for it may be a sentence. */
export const JOB_FORMAT = '%T|%C|%D|%r';
/** Of `sinfo --Node --format`: name, state, CPUs as allocated/idle/other/total. */
export const NODE_FORMAT = '%N|%T|%C';

export interface SlurmJob {
  readonly state: string;
  readonly cpus: number;
  readonly nodes: number;
  readonly reason: string;
}

export interface SlurmNode {
  readonly name: string;
  readonly state: string;
  readonly idleCpus: number;
}

/**
 * Reasons that more nodes put an end to. Jobs that are held, wait for another job or for a time, or are at a limit of their
 * user wait for something else. A job that was not looked at yet has "None"; one in a partition without any node,
 * or with too few, has one of the others.
 */
const WANTS_NODES: readonly RegExp[] = [
  /^Resources$/,
  /^Priority$/,
  /^None$/,
  /^PartitionConfig$/,
  /^PartitionNodeLimit$/,
  /^BadConstraints$/,
  /^NodeDown$/,
  /^ReqNodeNotAvail/,
  /^Nodes required for job are DOWN/,
];

/** Throws `value` for a line that is no job. */
export function parseJobs(text: string): readonly SlurmJob[] {
  return linesOf(text).map((line) => {
    const [, state = '', cpus = '', nodes = '', reason = ''] =
      /^([A-Z_]+)\|(\d+)\|(\d+)\|(.*)$/.exec(line) ?? unreadable('squeue', line);
    return { state, cpus: Number(cpus), nodes: Number(nodes), reason: reason.trim() };
  });
}

/** A node that is in several partitions is told once. Throws `value` for a line that is no node. */
export function parseNodes(text: string): readonly SlurmNode[] {
  const nodes = linesOf(text).map((line): SlurmNode => {
    const [, name = '', state = '', idle = ''] =
      /^([^|]+)\|([^|]+)\|\d+\/(\d+)\/\d+\/\d+$/.exec(line) ?? unreadable('sinfo', line);
    return { name, state, idleCpus: Number(idle) };
  });
  return [...new Map(nodes.map((node) => [node.name, node])).values()];
}

/** Whether a job waits for what more nodes would give it. */
export function wantsNodes({ state, reason }: SlurmJob): boolean {
  return state === 'PENDING' && WANTS_NODES.some((pattern) => pattern.test(reason));
}

/** Idle, and neither silent, powered down nor about to be taken out: those states have a sign behind them. */
export function isIdle({ state }: SlurmNode): boolean {
  return state === 'idle';
}

/** Whether jobs can start on its idle CPUs. */
export function takesJobs({ state }: SlurmNode): boolean {
  return state === 'idle' || state === 'mixed' || state === 'allocated';
}

function linesOf(text: string): readonly string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

function unreadable(program: string, line: string): never {
  throw new AttituneError('value', `${program} printed "${line.slice(0, 80)}", which is not what it was asked for.`);
}
