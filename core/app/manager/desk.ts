import type { Manager } from '../../loop/manager.js';
import type { Clock } from '../../model/clock.js';
import type { Subscription } from '../../model/hypervisor.js';
import type { MemberBus } from '../../model/member-bus.js';
import { MAX_STATUS_COMPONENTS, type ManagerStatus } from '../../model/manager-status.js';
import { deskAnswers } from './control-desk.js';

/** What is told first where not everything fits. */
const ORDER = ['host', 'vm', 'software'] as const;
/** An explanation in a status is cut to this. */
const LONGEST_FAILURE = 300;

/** Answers what members of the bus ask a manager: how everything is, and events from outside. */
export function attendDesk(
  member: MemberBus,
  manager: Manager,
  {
    clock,
    version,
    phase,
  }: { readonly clock: Clock; readonly version: string; readonly phase: () => ManagerStatus['phase'] },
): Subscription {
  const startedAt = clock.now();
  const answers = deskAnswers(manager, clock);
  const subscriptions = [
    member.respond('manager.emit', ({ event, component, arg, source }, from) => {
      const notice = { event, component, source: `${source}, from ${from}`, ...(arg === undefined ? {} : { arg }) };
      return { id: manager.outside.accept(notice).id };
    }),
    member.respond('manager.control', answers['manager.control']),
    member.respond('manager.pending', answers['manager.pending']),
    member.respond('manager.why', answers['manager.why']),
    member.respond('manager.journal', answers['manager.journal']),
    member.respond('manager.status', () => statusOf(manager, { version, startedAt, phase: phase(), at: clock.now() })),
    member.respond('manager.cluster', answers['manager.cluster']),
  ];
  return { unsubscribe: () => subscriptions.forEach((one) => one.unsubscribe()) };
}

/** A manager and its system, short enough for one message. */
export function statusOf(
  { system, agents, control }: Pick<Manager, 'system' | 'agents'> & Partial<Pick<Manager, 'control'>>,
  about: Pick<ManagerStatus, 'version' | 'startedAt' | 'phase' | 'at'>,
): ManagerStatus {
  const { name, components } = system.snapshot(about.at);
  const summary = control?.summary();
  const parts = [...components]
    .sort((a, b) => ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind))
    .slice(0, MAX_STATUS_COMPONENTS)
    .map(({ name: part, class: className, kind, state, failure, node }) => ({
      name: part,
      class: className,
      kind,
      state,
      ...(failure === undefined ? {} : { failure: failure.slice(0, LONGEST_FAILURE) }),
      ...(node === undefined ? {} : { node }),
    }));
  return {
    system: name,
    ...about,
    ...(summary ? { control: summary } : {}),
    parts,
    components: components.length,
    agents: (agents?.status() ?? []).slice(0, MAX_STATUS_COMPONENTS),
    refused: agents?.refused() ?? {},
  };
}
