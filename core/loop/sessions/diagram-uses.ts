import type { AdministrationEvent } from '../../model/administration.js';
import type { Clock } from '../../model/clock.js';
import type { DeploymentDiagram } from '../../model/deployment.js';
import type { Diagram, SessionResult } from '../../model/diagram.js';
import { AttituneError } from '../../model/errors.js';
import type { SessionRecord } from '../../model/store.js';
import type { SystemRepresentation } from '../../model/system-representation.js';
import { OUTSIDE_EVENTS } from '../built-in-events.js';
import { controlOf } from '../control/session-control.js';
import type { Journal } from '../journal.js';
import type { Keeper } from '../keeping/keeper.js';
import { policyKey } from '../keeping/kept-session.js';
import { requestOf } from '../keeping/take-up.js';
import type { Sessions } from './sessions.js';

/** Which diagrams a deployment uses for what: at its start and end, upon events, and as policies. */
export class DiagramUses {
  /** Start and stop diagrams of a former manager that go on. */
  readonly #resumed = new Map<string, Promise<SessionResult>>();

  constructor(
    private readonly parts: {
      readonly deployment: DeploymentDiagram;
      readonly diagrams: ReadonlyMap<string, Diagram>;
      readonly system: SystemRepresentation;
      readonly sessions: Sessions;
      readonly journal: Journal;
      readonly clock: Clock;
      readonly keeper: Keeper | undefined;
    },
  ) {}

  /** Names of all that it uses. */
  names(): readonly string[] {
    const { deployment, diagrams } = this.parts;
    return [...deployment.diagrams, ...deployment.policies].flatMap(({ file }) => diagrams.get(file)?.name ?? []);
  }

  /** Feeds policies with an event, and starts the procedures that hear it; `cause` is its journal entry. */
  react(event: AdministrationEvent, cause: number): void {
    const { deployment, sessions } = this.parts;
    sessions.feedPolicies(event);
    for (const use of deployment.diagrams) {
      const diagram = this.#diagram(use.file);
      if (!use.on.includes(event.name)) continue;
      const control = controlOf(diagram.name, use, this.#isTold(event, cause));
      void sessions.request({ diagram, event, cause, parameters: use.parameters, control });
    }
  }

  /** Each component of a policy's class has its own: those that came have it started, those that went have it stopped. */
  adjustPolicies(): void {
    const { deployment, sessions, system, keeper, clock } = this.parts;
    sessions.prunePolicies();
    for (const policy of deployment.policies) {
      const diagram = this.#diagram(policy.file);
      const subjects = policy.for === undefined ? [undefined] : system.instances(policy.for);
      for (const subject of subjects) {
        if (sessions.hasPolicy(policy.file, subject?.name)) continue;
        if (keeper?.ended.includes(policyKey(policy.file, subject?.name)) === true) continue;
        const event = subject && { id: 0, name: 'policy', component: subject.name, at: clock.now(), why: 'its policy' };
        const control = controlOf(diagram.name, policy, false);
        sessions.startPolicy({ diagram, parameters: policy.parameters, control, ...(event ? { event } : {}) });
      }
    }
  }

  /** Goes on with a session of a former manager. */
  resume(record: SessionRecord): void {
    const { sessions } = this.parts;
    const request = requestOf(record, this.#diagram(record.file));
    if (record.kind === 'policy') sessions.startPolicy(request);
    else {
      const result = sessions.request(request);
      if (result && request.role) this.#resumed.set(record.file, result);
    }
  }

  /** Runs the start or stop diagrams one after the other. Rejects with what failed. */
  async runRole(role: 'start' | 'stop', signal: AbortSignal): Promise<void> {
    const { deployment, sessions, keeper } = this.parts;
    const done = new Set(keeper?.ended);
    for (const use of deployment.diagrams.filter((candidate) => candidate.role === role)) {
      if (done.has(use.file)) continue;
      const onAbort = () => {
        keeper?.stopping();
        void sessions.stopAll();
      };
      signal.addEventListener('abort', onAbort, { once: true });
      const diagram = this.#diagram(use.file);
      const result = await (this.#resumed.get(use.file) ??
        sessions.request({
          diagram,
          parameters: use.parameters,
          transactional: role === 'start',
          role,
          control: controlOf(diagram.name, use, true),
        }));
      this.#resumed.delete(use.file);
      signal.removeEventListener('abort', onAbort);
      signal.throwIfAborted();
      if (result?.status !== 'final') {
        throw (
          result?.error ??
          new AttituneError('diagram-failed', `The ${role} diagram ${use.file} did not reach a final state.`)
        );
      }
    }
  }

  /** Whether people told the event: what is named as theirs, and neither a diagram nor a detector raised. */
  #isTold({ name }: AdministrationEvent, entry: number): boolean {
    const { deployment, journal } = this.parts;
    if (!name.startsWith(OUTSIDE_EVENTS) || journal.entry(entry)?.cause !== undefined) return false;
    return !deployment.probes.some(({ detectors }) => detectors.some(({ raise }) => raise === name));
  }

  #diagram(file: string): Diagram {
    const diagram = this.parts.diagrams.get(file);
    if (!diagram) throw new AttituneError('file-not-found', `The diagram ${file} was not read.`);
    return diagram;
  }
}
