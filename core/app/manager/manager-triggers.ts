import { readDefinitions, TriggerRunner, type TriggerDefinition } from '../../../probes/properties/index.js';
import type { Manager } from '../../loop/manager.js';
import type { Clock } from '../../model/clock.js';
import { AttituneError } from '../../model/errors.js';
import type { Subscription } from '../../model/hypervisor.js';
import type { MemberBus } from '../../model/member-bus.js';

/** The triggers of a file; throws all that is wrong with it, before anything runs. */
export function triggersOf(file: string): readonly TriggerDefinition[] {
  const { properties, triggers, errors } = readDefinitions(file);
  if (errors.length > 0) throw new AggregateError(errors);
  if (triggers.length > 0) return triggers;
  throw new AttituneError(
    'ini-key',
    properties.length > 0
      ? `${file} has properties and no triggers: properties are for agents (attitune agent --properties).`
      : `${file} has no triggers.`,
    { place: { file, line: 1, column: 1 } },
  );
}

/** Looks at triggers for a manager, and does what they say; each trouble is said once, and when it is over. */
export function startTriggers(
  triggers: readonly TriggerDefinition[],
  member: MemberBus,
  manager: Pick<Manager, 'outside'>,
  clock: Clock,
  say: (text: string) => void,
): Subscription {
  const troubles = new Map<string, string>();
  const runner = new TriggerRunner({
    bus: member,
    clock,
    triggers,
    emit: (event, component, arg) =>
      manager.outside.accept({ event, component, source: 'a trigger', ...(arg === undefined ? {} : { arg }) }),
    onTrouble: (trigger, why) => {
      if (why === undefined) {
        if (troubles.delete(trigger)) say(`Trigger ${trigger}: it works again.`);
      } else if (troubles.get(trigger) !== why) {
        troubles.set(trigger, why);
        say(`Trigger ${trigger}: ${why}`);
      }
    },
  });
  runner.start();
  return { unsubscribe: () => runner.stop() };
}
