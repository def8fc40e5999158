import { percent, type Move } from '../cluster.js';
import type { Assignment, Problem } from '../problem.js';
import type { ScheduledMove } from '../schedule/types.js';

/** What each VM's move gains and costs, by its index. */
export interface Worth {
  readonly gain: number;
  readonly cost: number;
}

/**
 * Moves of a schedule in words: what the VM uses of its host, and what both hosts come to in the end. A VM that goes by
 * way of a third host has its gain and its cost with its last migration.
 */
export function tellMoves(
  start: Assignment,
  end: Assignment,
  steps: readonly (readonly ScheduledMove[])[],
  worth: (vm: number) => Worth,
): readonly Move[] {
  const { problem } = start;
  return steps.flatMap((moves, step) =>
    moves.map(({ vm, from, to, leg }): Move => {
      const { gain, cost } = leg === 'aside' ? { gain: 0, cost: 0 } : worth(vm);
      const names = { vm: problem.cluster.vms[vm]!.name, from: nameOf(problem, from), to: nameOf(problem, to) };
      const aside = leg === undefined ? '' : leg === 'aside' ? ', for now, to make room' : ', as was meant';
      const why = `${names.from} goes ${loads(start, end, from)} without ${names.vm}, which uses ${share(problem, vm, from)} of it; ${names.to} goes ${loads(start, end, to)}${aside}`;
      return { ...names, gain, cost, step, why };
    }),
  );
}

function nameOf({ cluster }: Problem, host: number): string {
  return cluster.hosts[host]?.name ?? '';
}

function loads(start: Assignment, end: Assignment, host: number): string {
  const load = ({ cpuOn, problem }: Assignment) => percent(cpuOn[host]! / problem.cpuCapacity[host]!);
  return `from ${load(start)} to about ${load(end)}`;
}

function share({ cpu, cpuCapacity }: Problem, vm: number, host: number): string {
  return percent(cpu[vm]! / cpuCapacity[host]!);
}
