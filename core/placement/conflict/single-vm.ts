import { isOf } from '../constraints/limits.js';
import { World, type Question } from './exact-search.js';
import { keyOf, type Fact } from './facts.js';
import type { Problem } from '../problem.js';

/**
 * The conflict of one VM that has to move while all others stay. What is against one host has nothing to do with another,
 * so that each fact is left out where every host still has something against it: no search, whatever the size.
 */
export function conflictOfOne(problem: Problem, question: Question, facts: readonly Fact[]): readonly Fact[] {
  const [vm = -1] = question.required;
  const world = new World(problem, question);
  const general = facts.filter((fact) => fact.kind === 'constraint' || ('vm' in fact && fact.vm === vm));
  const own = new Map<number, Fact[]>();
  for (const fact of facts) if ('host' in fact) own.set(fact.host, [...(own.get(fact.host) ?? []), fact]);
  const against = problem.cluster.hosts.map((_, host) =>
    host === problem.start[vm] || question.leave.has(host)
      ? undefined
      : reasons(world, [...(own.get(host) ?? []), ...general], vm, host),
  );
  const hostsOf = new Map<string, number[]>();
  against.forEach((sets, host) => {
    for (const key of new Set(sets?.flat() ?? [])) {
      const hosts = hostsOf.get(key);
      if (hosts) hosts.push(host);
      else hostsOf.set(key, [host]);
    }
  });
  const kept = new Set(facts.map(keyOf));
  for (const fact of facts) {
    const key = keyOf(fact);
    kept.delete(key);
    const holds = (host: number) => against[host]?.some((set) => set.every((one) => kept.has(one))) === true;
    if (!(hostsOf.get(key) ?? []).every(holds)) kept.add(key);
  }
  return facts.filter((fact) => kept.has(keyOf(fact)));
}

/** Sets of facts, by their keys, each of which alone keeps the VM from the host. */
function reasons(world: World, facts: readonly Fact[], vm: number, host: number): readonly (readonly string[])[] {
  const { hosts, constraints = [] } = world.problem.cluster;
  const one = hosts[host];
  const forbids = (kept: readonly Fact[]) => {
    world.assume(kept);
    return !world.takes(vm, host);
  };
  const reserves = facts.filter((fact) => {
    const constraint = fact.kind === 'constraint' ? constraints[fact.constraint] : undefined;
    return constraint?.type === 'reserve' && one !== undefined && isOf(one, constraint);
  });
  const found: string[][] = [];
  for (const fact of facts) {
    if (forbids([fact])) found.push([keyOf(fact)]);
    else if (fact.kind === 'memory' || fact.kind === 'cpu') {
      // with what is to be kept free, there may be too little
      for (const reserve of reserves) if (forbids([fact, reserve])) found.push([keyOf(fact), keyOf(reserve)]);
    }
  }
  return found;
}
