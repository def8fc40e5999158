import type { Domain, DomainState, MigrationOptions, MigrationOutcome } from '../../core/model/hypervisor.js';
import { skipBecause } from '../support/skip.js';
import { actions, type HypervisorContext } from './hypervisor-context.js';

/** So slow that a busy domain never gets over. */
export const SLOW = { bandwidthMiBps: 1, maxDowntimeMs: 10 } as const satisfies MigrationOptions;

/** What the parts of the contract that need two hosts do with them. */
export function migrations(getContext: () => HypervisorContext) {
  const { settle, create, define, find } = actions(getContext);
  const target = (): NonNullable<HypervisorContext['target']> => {
    const found = getContext().target;
    if (!found) throw new Error('a context that can migrate needs a target');
    return found;
  };
  const describeBusy = (name: string) => {
    const description = getContext().describeBusyDomain?.(name);
    if (!description) throw new Error('a context that can migrate needs describeBusyDomain');
    return description;
  };
  const places = async (name: string): Promise<readonly (DomainState | undefined)[]> => [
    (await find(name))?.state,
    (await find(name, target().hypervisor))?.state,
  ];
  return {
    settle,
    create,
    define,
    find,
    target,
    /** The states on source and target. */
    places,
    describeBusy,
    /** A domain that dirties its memory already. */
    busy: async (name: string): Promise<Domain> => {
      const created = await settle(getContext().source.create(describeBusy(name)));
      await getContext().pause(1000);
      return created;
    },
    migrate: (name: string, options?: MigrationOptions): Promise<MigrationOutcome> =>
      settle(getContext().source.migrate(name, target().migration, options)),
    /** Called in a `before` hook. */
    requireTarget: (context: Mocha.Context): void => {
      if (!getContext().features.canMigrate)
        skipBecause(
          context,
          "libvirt's test driver cannot migrate",
          'the same tests run on QEMU and on simulated hosts',
        );
    },
  };
}
