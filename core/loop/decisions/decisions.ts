import type { Clock } from '../../model/clock.js';
import type { OperationCall } from '../../model/diagram.js';
import { parseRatio } from '../../model/quantity.js';
import type { SystemRepresentation } from '../../model/system-representation.js';
import type { Cluster, Plan, PlanAnswer } from '../../placement/cluster.js';
import { unfit } from '../../placement/still-fits.js';
import type { Asked } from '../control/approvals.js';
import type { Verdict } from '../control/gate.js';
import type { Journal } from '../journal.js';
import type { CallContext } from '../operations/call-context.js';
import { demandOf } from '../planning/demand.js';
import { GOALS, planFor } from '../planning/planner.js';
import { decisionRecord, type DecisionRecord, type GateRecord } from './decision-record.js';
import type { Governance } from './governance.js';

/** Answers upon which a diagram changes something. */
const ACTING: ReadonlySet<PlanAnswer> = new Set(['move', 'switch', 'scale', 'grow', 'remove', 'restart']);

const OUTCOMES: Readonly<Record<Exclude<Verdict['verdict'], 'go'>, GateRecord['outcome']>> = {
  tell: 'recommended',
  ask: 'asked',
  wait: 'held',
};

export interface DecisionParts {
  readonly system: SystemRepresentation;
  readonly journal: Journal;
  readonly clock: Clock;
  readonly cluster: { snapshot(): Cluster };
  /** Absent: every decision is carried out, and no effect is told. */
  readonly governance?: Governance | undefined;
}

type Call = Pick<OperationCall, 'key' | 'resumed' | 'signal'> & {
  readonly parameters: Readonly<Record<string, string>>;
};

/** Moves that a decision names one by one. */
const MOST_NAMED = 6;

/** Decides for the goals of diagrams, writes down why, and lets modes and administrators have their say. */
export class Decisions {
  constructor(private readonly parts: DecisionParts) {}

  /** What the diagram is told: the plan, with the time of the decision. Rejects as `planFor`, or where `signal` aborts. */
  async decide(goal: string, call: Call, context: CallContext): Promise<Plan & { readonly at: number }> {
    delete context.granted;
    const { governance, clock } = this.parts;
    const asked = call.resumed === true ? governance?.control.approvals.of(call.key) : undefined;
    const plan = asked?.plan
      ? await this.#answered(asked, asked.plan, goal, call, context)
      : await this.#planned(goal, call, context);
    return { ...plan, at: clock.now() };
  }

  async #planned(goal: string, call: Call, context: CallContext): Promise<Plan> {
    const { system, clock, governance } = this.parts;
    const cluster = this.parts.cluster.snapshot();
    const plan = planFor(goal, { system, cluster, scope: context.scope }, call.parameters);
    const { control } = context;
    const names = this.#concerned(plan, context);
    const judged = ACTING.has(plan.answer) && control ? governance?.gate.judge(control, names) : undefined;
    const verdict = judged ?? { verdict: 'go', because: '' };
    const until = clock.now() + (control?.approveWithinMs ?? 0);
    const gate: GateRecord | undefined =
      verdict.verdict === 'go'
        ? undefined
        : {
            outcome: OUTCOMES[verdict.verdict],
            because: verdict.because,
            ...(verdict.verdict === 'ask' ? { until } : {}),
          };
    const record = this.#record(goal, plan, call, context, cluster, gate);
    const id = this.#tell(plan, record, context);
    if (verdict.verdict === 'go') {
      governance?.effects.decided(id, plan, context.session, record.predicted);
      return plan;
    }
    if (verdict.verdict !== 'ask')
      return toldOnly(plan, verdict.verdict === 'tell' ? 'recommended' : 'declined', verdict.because);
    const diagram = control?.diagram ?? plan.goal;
    const asked: Asked = {
      ...{ id, key: call.key, diagram, what: whatOf(plan), subjects: names, at: clock.now(), until },
      plan: { ...plan, rejected: record.plan.rejected },
    };
    return this.#answered(asked, plan, goal, call, context);
  }

  /** Waits for the answer, then looks whether what was approved still fits the world as it is now. */
  async #answered(asked: Asked, plan: Plan, goal: string, call: Call, context: CallContext): Promise<Plan> {
    const { governance, journal } = this.parts;
    context.cause = asked.id;
    const answer = await governance?.gate.ask(asked, context, call.signal);
    if (!answer?.approved) {
      const why = answer?.by === undefined ? 'nobody answered in time' : `${answer.by} declined it`;
      return toldOnly(plan, 'declined', why);
    }
    const tell = (text: string) =>
      journal.append('control', asked.diagram, text, { cause: asked.id, data: { command: 'outdated', of: asked.id } });
    const { held } = governance?.control ?? {};
    if (held) {
      const why = `all is held by ${held.by}`;
      tell(`${asked.what}: approved, and not done, because ${why}`);
      return toldOnly(plan, 'declined', why);
    }
    const present = this.#present(goal, plan, call, context);
    if (typeof present === 'string') {
      tell(`${asked.what}: approved, and not done, because the world has changed: ${present}`);
      return toldOnly(plan, 'declined', `the world has changed: ${present}`);
    }
    context.granted = asked.id;
    const record = this.#record(goal, present, call, context, this.parts.cluster.snapshot());
    governance?.effects.decided(asked.id, present, context.session, record.predicted);
    return present;
  }

  /** The plan as it can be carried out now, or why it cannot. Moves must be the very ones that were approved. */
  #present(goal: string, plan: Plan, call: Call, context: CallContext): Plan | string {
    const { system } = this.parts;
    const cluster = this.parts.cluster.snapshot();
    if (plan.moves.length > 0) {
      const below = call.parameters['below'] ?? GOALS[goal]?.parameters['below'];
      return unfit(cluster, plan.moves, below === undefined ? undefined : parseRatio(below)) ?? plan;
    }
    const anew = planFor(goal, { system, cluster, scope: context.scope }, call.parameters);
    return anew.answer === plan.answer && anew.component === plan.component ? anew : anew.why;
  }

  #record(
    goal: string,
    plan: Plan,
    { parameters }: Call,
    { control, event }: CallContext,
    cluster: Cluster,
    gate?: GateRecord,
  ): DecisionRecord {
    const readings = this.parts.governance?.readings;
    return decisionRecord(plan, {
      parameters: { ...GOALS[goal]?.parameters, ...parameters },
      diagram: control?.diagram,
      event,
      cluster: GOALS[goal]?.reads === 'system' ? undefined : cluster,
      demand: (host) => readings && demandOf(readings.window(host, 'cpu', cluster.at), 1),
      gate,
    });
  }

  #tell(plan: Plan, record: DecisionRecord, context: CallContext): number {
    const { gate } = record;
    const but = gate && {
      recommended: `; it is told only, because ${gate.because}`,
      held: `; it is not done, because ${gate.because}`,
      asked: `; it waits for an answer, because ${gate.because}`,
    };
    const text = `${whatOf(plan)}, because ${plan.why}${but?.[gate?.outcome ?? 'asked'] ?? ''}`;
    const entry = this.parts.journal.append('decision', plan.goal, text, { cause: context.cause, data: { ...record } });
    context.cause = entry.id;
    return entry.id;
  }

  /** Components and classes that a plan is about: their modes count. */
  #concerned(plan: Plan, { scope }: CallContext): readonly string[] {
    const moved = plan.moves.flatMap(({ vm, from, to }) => [vm, from, to]);
    const switched = [...(plan.wake ?? []), ...(plan.powerOff ?? [])];
    const subject = plan.moves.length === 0 && scope.this ? [scope.this.name] : [];
    return [...moved, ...switched, ...(plan.component === undefined ? [] : [plan.component]), ...subject];
  }
}

/** What the diagram is told where nothing is to be carried out: it then ends as if there were nothing to do. */
function toldOnly(plan: Plan, answer: 'recommended' | 'declined', because: string): Plan {
  const { goal, rejected, before, after, conflict, elapsedMs, left } = plan;
  return {
    ...{ goal, answer, instead: plan.answer, moves: [], recommended: plan.moves, rejected },
    ...(before && { before }),
    ...(after && { after }),
    ...(conflict && { conflict }),
    ...(elapsedMs === undefined ? {} : { elapsedMs }),
    ...(left && { left }),
    why: `${plan.why}; ${because}`,
  };
}

/** `move a from b to c, switch off b`, or the answer in words. */
function whatOf(plan: Plan): string {
  return (
    [
      ...(plan.wake ?? []).map((host) => `wake ${host}`),
      ...movesOf(plan),
      ...(plan.powerOff ?? []).map((host) => `switch off ${host}`),
    ].join(', ') || [plan.answer.replaceAll('-', ' '), plan.component].filter(Boolean).join(' ')
  );
}

/** Each of a few moves; of many how many they are, for the plan has them all. */
function movesOf({ moves }: Plan): readonly string[] {
  if (moves.length <= MOST_NAMED) return moves.map(({ vm, from, to }) => `move ${vm} from ${from} to ${to}`);
  const steps = 1 + Math.max(...moves.map(({ step = 0 }) => step));
  return [`move ${moves.length} VMs in ${steps} ${steps === 1 ? 'step' : 'steps'}`];
}
