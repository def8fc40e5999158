import type { JournalEntry } from '../../core/model/administration.js';
import type { DecisionRecord } from '../../core/loop/decisions/decision-record.js';
import type { EffectRecord } from '../../core/loop/decisions/effect.js';
import { libraryWorld, type LibraryWorldOptions } from './library-world.js';

/** The deployment whose modes are variables, brought up, with a load under which host1 is hot. */
export async function governedWorld(options: LibraryWorldOptions = {}) {
  const world = libraryWorld({ file: 'governed', ...options });
  await world.deploy();
  await world.pass(5000);
  const load = world.load(160);
  await world.pass(15_000);
  return { ...world, ...governed(world), stopLoad: () => load.stop() };
}

/** What tests of decisions ask of a world. */
export function governed(world: Pick<ReturnType<typeof libraryWorld>, 'manager'>) {
  const { journal } = world.manager;
  const of = (kind: JournalEntry['kind']) => journal.entries.filter((entry) => entry.kind === kind);
  const decisions = () => of('decision').filter(({ data }) => recordIn(data)?.plan.answer !== 'order');
  return {
    of,
    decisions,
    /** The last decision but those of an order. */
    decision: () => decisions().at(-1),
    record: () => recordIn(decisions().at(-1)?.data),
    effect: () => of('effect').at(-1)?.data?.['effect'] as EffectRecord | undefined,
    raise: (name: string, component: string) => world.manager.events.raise({ name, component, why: 'a test' }),
  };
}

function recordIn(data: JournalEntry['data']): DecisionRecord | undefined {
  return data && 'plan' in data ? (data as unknown as DecisionRecord) : undefined;
}
