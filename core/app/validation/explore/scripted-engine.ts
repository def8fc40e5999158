import type { Clock, TimerHandle } from '../../../model/clock.js';
import type {
  Diagram,
  DiagramEngine,
  DiagramSession,
  OperationCall,
  SessionCheckpoint,
  SessionEnvironment,
  SessionResult,
} from '../../../model/diagram.js';
import { fillVariables, parseOperation } from '../../../loop/operations/operation-path.js';
import { reachable } from '../../../loop/operations/scope.js';
import type { Component } from '../../../model/component.js';
import { AttituneError } from '../../../model/errors.js';
import type { SystemRepresentation } from '../../../model/system-representation.js';
import type { Plan } from '../../../placement/cluster.js';
import { failureCodes, outcomeData } from './outcome-data.js';
import { otherPlans, scopeFrom } from './plan-answers.js';
import { explored, type Question, type Script } from './script.js';
import type { CallFacts } from './scripted-wrappers.js';

/** The session that is looked at: the first of the diagram under exploration. */
export interface ExploredSession {
  readonly diagram: Diagram;
  readonly session: DiagramSession;
  /** When its delayed events are due. */
  readonly dueAts: () => readonly number[];
  /** The last operation that it called. */
  readonly lastCall: () => OperationCall | undefined;
  readonly result: () => SessionResult | undefined;
}

interface OpenCall {
  readonly diagram: Diagram;
  readonly call: OperationCall;
  /** What the session was started with. */
  readonly data: SessionEnvironment['data'];
}

type Invoke = SessionEnvironment['invoke'];

/** The real engine, whose sessions ask a script what becomes of their operations. */
export class ScriptedEngine implements DiagramEngine {
  /** Set once the diagram under exploration has begun. */
  explored: ExploredSession | undefined;
  readonly #open = new Set<OpenCall>();

  constructor(
    private readonly real: DiagramEngine,
    private readonly script: Script,
    private readonly system: () => SystemRepresentation,
    /** Whether a session that begins now is the one to look at. */
    private readonly isTarget: (diagram: Diagram) => boolean,
  ) {}

  read(file: string): ReturnType<DiagramEngine['read']> {
    return this.real.read(file);
  }

  start(diagram: Diagram, environment: SessionEnvironment): DiagramSession {
    const clock = new WatchedClock(environment.clock);
    let lastCall: OperationCall | undefined;
    const session = this.real.start(diagram, {
      ...environment,
      clock,
      invoke: (call) => {
        lastCall = call;
        return this.#invoke(diagram, call, environment);
      },
    });
    if (!this.explored && this.isTarget(diagram)) {
      let result: SessionResult | undefined;
      void session.done.then((given) => (result = given));
      this.explored = {
        diagram,
        session,
        dueAts: () => clock.dueAts,
        lastCall: () => lastCall,
        result: () => result,
      };
    }
    return session;
  }

  resume(diagram: Diagram, checkpoint: SessionCheckpoint, environment: SessionEnvironment): DiagramSession {
    return this.real.resume(diagram, checkpoint, environment);
  }

  /** What a wrapper must know of the call that it is asked by; a call that no session made undoes something. */
  factsOf(component: Component, operation: string): CallFacts {
    const { className, name } = component;
    const calls = [...this.#open].filter((open) => mayCall(open, component, operation, this.system()));
    const [only, ...others] = calls;
    const plain = { data: [{ text: 'succeeds', value: undefined }], codes: ['operation-failed'] } as const;
    if (!only) return { label: `undoing (${className}.${operation})`, undoes: true, ...plain };
    if (others.length > 0) return { label: `${name}.${operation}`, ...plain };
    const { invokeId } = only.call;
    return { label: invokeId, data: outcomeData(only.diagram, invokeId), codes: failureCodes(only.diagram) };
  }

  #invoke(diagram: Diagram, call: OperationCall, { invoke, data }: SessionEnvironment): Promise<unknown> {
    const src = call.src.trim();
    if (src.startsWith('plan:')) return this.#plan(src.slice('plan:'.length).trim(), call, invoke, data);
    if (src.endsWith('++')) return this.#change(call, invoke, 'no-capacity');
    if (src.endsWith('--')) return this.#change(call, invoke, 'cardinality');
    const open = { diagram, call, data };
    this.#open.add(open);
    return invoke(call).finally(() => this.#open.delete(open));
  }

  /** The real plan first, then what the goal could answer in another situation. */
  async #plan(goal: string, call: OperationCall, invoke: Invoke, data: SessionEnvironment['data']): Promise<unknown> {
    const real = (await invoke(call)) as Plan;
    const system = this.system();
    const { except } = call.params;
    const excepted = typeof except === 'string' ? except.split(',') : [];
    const settled = (vm: string) => this.script.done.has(`${vm}.migrate`) || excepted.includes(vm);
    return this.#answer(call, (settle) => ({
      label: call.invokeId,
      choices: () =>
        [real, ...otherPlans(goal, real, { system, scope: scopeFrom(data, system), settled })].map((plan) => ({
          text: `${call.invokeId} answers ${plan.answer}`,
          take: () => settle(() => Promise.resolve(plan)),
        })),
    }));
  }

  /** `++` and `--` are carried out, or refused. */
  #change(call: OperationCall, invoke: Invoke, refusal: 'no-capacity' | 'cardinality'): Promise<unknown> {
    const { invokeId, src } = call;
    return this.#answer(call, (settle) => ({
      label: invokeId,
      choices: () => [
        {
          text: `${invokeId} succeeds`,
          take: () => {
            this.script.done.add(src);
            settle(() => invoke(call));
          },
        },
        { text: `${invokeId} fails`, take: () => settle(() => Promise.reject(explored(refusal, src))) },
      ],
    }));
  }

  #answer(
    { signal }: OperationCall,
    questionOf: (settle: (answer: () => Promise<unknown>) => void) => Question,
  ): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const question = questionOf((answer) => {
        this.script.withdraw(question);
        answer().then(resolve, reject);
      });
      this.script.ask(question);
      const stop = () => {
        this.script.withdraw(question);
        reject(AttituneError.from(signal.reason, 'cancelled'));
      };
      if (signal.aborted) stop();
      else signal.addEventListener('abort', stop, { once: true });
    });
  }
}

/** Whether a call may be the one that an operation on a component belongs to. */
function mayCall(
  { diagram, call, data }: OpenCall,
  component: Component,
  operation: string,
  system: SystemRepresentation,
): boolean {
  try {
    const texts = Object.entries(data).filter((entry): entry is [string, string] => typeof entry[1] === 'string');
    const called = parseOperation(fillVariables(call.src, { ...diagram.constants, ...Object.fromEntries(texts) }));
    if (called.kind !== 'call' || called.operation !== operation) return false;
    // what it made itself it has not been told of
    if (called.path[0] === 'new') return true;
    return reachable(system, scopeFrom(data, system), called.path).includes(component);
  } catch {
    // a path that cannot be followed yet was not followed by the call either
    return false;
  }
}

/** A clock that knows which timers were set by way of it. */
class WatchedClock implements Clock {
  readonly #dueAts = new Map<TimerHandle, number>();

  constructor(private readonly real: Clock) {}

  get dueAts(): readonly number[] {
    return [...this.#dueAts.values()];
  }
  now(): number {
    return this.real.now();
  }
  setTimeout(callback: () => void, delayMs: number): TimerHandle {
    const handle = this.real.setTimeout(() => {
      this.#dueAts.delete(handle);
      callback();
    }, delayMs);
    this.#dueAts.set(handle, this.real.now() + delayMs);
    return handle;
  }
  clearTimeout(handle: TimerHandle): void {
    this.#dueAts.delete(handle);
    this.real.clearTimeout(handle);
  }
}
