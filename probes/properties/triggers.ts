import { AttituneError } from '../../core/model/errors.js';
import type { TriggerDefinition } from './definitions.js';
import type { TriggerAction, TriggerWorld } from './expressions.js';

export type { TriggerWorld } from './expressions.js';

/** When each trigger is looked at next by its ticks, and when it was last looked at. */
export type TriggerState = ReadonlyMap<string, { readonly dueAt: number; readonly lookedAt: number }>;

export interface TriggerStep {
  readonly state: TriggerState;
  /** What is to be done, in the order of the file. */
  readonly fired: readonly { readonly trigger: string; readonly actions: readonly TriggerAction[] }[];
  readonly failed: readonly { readonly trigger: string; readonly why: string }[];
  /** Triggers that could be evaluated, whether they fired or not. */
  readonly fine: readonly string[];
}

/** A trigger whose command brings about the next update is looked at no more often than this. */
export const UPDATE_GAP_MS = 1000;

/** Each trigger is looked at first after its first period: nothing is decided before there can be something to see. */
export function initialTriggers(triggers: readonly TriggerDefinition[], now: number): TriggerState {
  return new Map(triggers.map(({ name, everyMs }) => [name, { dueAt: now + everyMs, lookedAt: -Infinity }]));
}

/** When the next one is due. */
export function nextDue(state: TriggerState): number {
  return Math.min(...[...state.values()].map(({ dueAt }) => dueAt));
}

/**
 * Decides: looks at the triggers that are due (or, after an `update` of properties, at those that ask for that). Pure.
 * One that cannot be evaluated, such as on a property that was never read, does nothing.
 */
export function stepTriggers(
  triggers: readonly TriggerDefinition[],
  state: TriggerState,
  world: TriggerWorld,
  { now, update }: { readonly now: number; readonly update: boolean },
): TriggerStep {
  const next = new Map(state);
  const fired: { trigger: string; actions: readonly TriggerAction[] }[] = [];
  const failed: { trigger: string; why: string }[] = [];
  const fine: string[] = [];
  for (const { name, everyMs, onUpdate, when, command } of triggers) {
    const { dueAt, lookedAt } = state.get(name) ?? { dueAt: now + everyMs, lookedAt: -Infinity };
    const wanted = update ? onUpdate && now - lookedAt >= UPDATE_GAP_MS : now >= dueAt;
    if (!wanted) continue;
    // after a standstill the missed periods are not made up for
    next.set(name, { lookedAt: now, dueAt: update ? dueAt : Math.max(dueAt + everyMs, now + 1) });
    try {
      if (when(world)) fired.push({ trigger: name, actions: command(world) });
      fine.push(name);
    } catch (error) {
      failed.push({ trigger: name, why: AttituneError.from(error).message });
    }
  }
  return { state: next, fired, failed, fine };
}
