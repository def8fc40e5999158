import { viewHosts } from '../../core/reconciliation/host-view.js';
import { reconcile, type Finding } from '../../core/reconciliation/findings.js';
import { textOf } from '../../core/reconciliation/finding-texts.js';
import { delay } from '../../core/model/clock.js';
import { AttituneError } from '../../core/model/errors.js';
import { UUID, whereaboutsOf } from '../../core/model/whereabouts.js';
import type { OperationContext } from '../../core/model/wrapper.js';

/** What is known of a migration that ended well, but that nobody watched. */
export interface UnwatchedMigration {
  readonly from: string;
  readonly to: string;
  readonly unwatched: true;
}

const LOOK_EVERY_MS = 500;
/** What passes by itself, such as the moment in which a migration changes sides, has passed after this. */
const PASSES_WITHIN_MS = 5000;

/**
 * Goes on with a migration during which the former manager died: the hypervisors go on with it by themselves. Waits as
 * long as a host tells of it, puts the component where its domain then is, and tells what came of it; resolves with
 * `undefined` where it had not been begun. Rejects with `migration-failed` where the domain stayed, `domain-died` where no
 * host has it any more, `domain-doubled` where it is on both and nothing moves, `host-unreachable` where that cannot be
 * told, `cancelled`.
 */
export async function resumeMigration(context: OperationContext, to: string): Promise<UnwatchedMigration | undefined> {
  const { component, system, infrastructure } = context;
  const { name } = component;
  const may = whereaboutsOf(component);
  const placed = system.hostOf(component)?.name ?? '';
  const from = may.find((host) => host !== to) ?? placed;
  // the target was not noted yet: nothing had been asked of a hypervisor
  if (!may.includes(to)) return undefined;
  const finding = await settled(context, from);
  const [host] = finding.hosts;
  const what = `The migration of ${name} from ${from} to ${to}, which the former manager began,`;
  if (host !== undefined && (finding.kind === 'as-expected' || finding.kind === 'moved')) {
    system.place(component, system.component(host));
    if (host === to) return { from, to, unwatched: true };
    throw new AttituneError('migration-failed', `${what} did not succeed: ${name} is on ${host}.`, {
      details: { from, to, host },
    });
  }
  const text = textOf(finding, placed) ?? finding.kind;
  const code = CODES[finding.kind] ?? 'domain-doubled';
  const { clock } = infrastructure;
  throw new AttituneError(code, `${what} has left a question at ${new Date(clock.now()).toISOString()}: ${text}.`, {
    details: { from, to },
  });
}

const CODES: Readonly<Partial<Record<Finding['kind'], 'domain-died' | 'host-unreachable'>>> = {
  gone: 'domain-died',
  stopped: 'domain-died',
  silent: 'host-unreachable',
};

/** The first finding that is no passing one, or that has stayed. */
async function settled(context: OperationContext, from: string): Promise<Finding> {
  const { component, infrastructure, signal, report } = context;
  const { clock } = infrastructure;
  const { name } = component;
  const uuid = component.attributes.get(UUID);
  let since = clock.now();
  let last = '';
  for (;;) {
    const views = await viewHosts(infrastructure.hosts(), new Set([name]));
    const [finding] = reconcile([{ name, host: from, runs: true, ...(uuid ? { uuid } : {}) }], views);
    if (!finding) throw new AttituneError('internal', `Nothing was found about ${name}.`);
    if (finding.kind === 'as-expected' || finding.kind === 'moved') return finding;
    const told = `${finding.kind} ${finding.hosts.join(' ')}`;
    if (told !== last) {
      since = clock.now();
      last = told;
      if (finding.kind === 'migrating') report(`${name} is still on its way, as the former manager began it`);
    }
    if (finding.kind !== 'migrating' && clock.now() - since >= PASSES_WITHIN_MS) return finding;
    await delay(clock, LOOK_EVERY_MS, signal).catch(() => {
      const what = `Waiting for the end of the migration of ${name} was cancelled; it goes on by itself.`;
      throw new AttituneError('cancelled', what, { cause: signal.reason });
    });
  }
}
