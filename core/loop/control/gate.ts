import type { Clock } from '../../model/clock.js';
import { AttituneError } from '../../model/errors.js';
import type { CallContext } from '../operations/call-context.js';
import type { Journal } from '../journal.js';
import type { Answer, Asked } from './approvals.js';
import type { Control } from './control.js';
import type { SessionControl } from './session-control.js';

/** `go`: it may be done; `tell`: it is told only; `ask`: an administrator is asked; `wait`: all is held. */
export interface Verdict {
  readonly verdict: 'go' | 'tell' | 'ask' | 'wait';
  readonly because: string;
}

/** An effect that is about to begin. */
export interface Effect {
  /** A phrase: `Tomcat_1.restart`. */
  readonly what: string;
  /** Components and classes that it concerns. */
  readonly names: readonly string[];
  readonly key: string;
  readonly signal: AbortSignal;
}

const GO: Verdict = { verdict: 'go', because: '' };

/** The one way to every effect of a diagram: what is bounded by a mode, or held, is told, asked or waits here. */
export class Gate {
  constructor(
    private readonly parts: {
      readonly control: Control;
      readonly journal: Journal;
      readonly clock: Clock;
      /** Why what a decision wants, or has not done yet, no longer fits; `undefined` where it fits. */
      readonly outdated: (decision: number) => string | undefined;
    },
  ) {}

  /** What may be done with components. `granted`: an administrator has said yes to what the session does. */
  judge({ diagram, mode, own }: SessionControl, names: readonly string[], granted = false): Verdict {
    const { control } = this.parts;
    if (control.watching === 'dry-run') return GO;
    if (control.watching === 'shadow') return { verdict: 'tell', because: 'this manager watches only' };
    if (own) return GO;
    const { held } = control;
    if (held) return { verdict: 'wait', because: `all is held by ${held.by}` };
    const bound = control.modes.strictest(diagram, mode, names);
    if (bound.mode === 'recommend') return { verdict: 'tell', because: bound.because };
    return bound.mode === 'automatic' || granted ? GO : { verdict: 'ask', because: bound.because };
  }

  /**
   * `undefined` where an effect may begin at once; else resolves once it may, and rejects with `declined` where it may
   * not. It is written down in either case.
   */
  pass(effect: Effect, context: CallContext): Promise<void> | undefined {
    const { control } = context;
    if (!control || this.judge(control, effect.names, context.granted !== undefined).verdict === 'go') return undefined;
    return this.#pass(control, effect, context);
  }

  /** As {@link pass}, for what was allowed already and begins later, such as the second step of a plan: only holding counts. */
  released(effect: Effect, context: CallContext): Promise<void> | undefined {
    const { control } = context;
    const held = control && !control.own && this.parts.control.held;
    return held ? this.#wait(effect, context) : undefined;
  }

  /** Asks administrators, and waits for the answer with no component locked. */
  ask(asked: Asked, context: CallContext, signal: AbortSignal): Promise<Answer> {
    const wait = () => this.parts.control.approvals.ask(asked, signal);
    return context.unlocked ? context.unlocked(wait) : wait();
  }

  async #pass(control: SessionControl, effect: Effect, context: CallContext): Promise<void> {
    for (;;) {
      const { verdict, because } = this.judge(control, effect.names, context.granted !== undefined);
      if (verdict === 'go') return;
      if (verdict === 'wait') await this.#wait(effect, context);
      else if (verdict === 'ask') await this.#asked(control, effect, because, context);
      else {
        this.#tell(control, effect, `${effect.what} would be done; it is told only, because ${because}`, context, {
          outcome: 'recommended',
          because,
        });
        throw new AttituneError('declined', `${effect.what} is told only: ${because}.`);
      }
    }
  }

  async #wait(effect: Effect, context: CallContext): Promise<void> {
    const { control, journal } = this.parts;
    const subject = context.control?.diagram ?? effect.what;
    const entry = journal.append('control', subject, `${effect.what} waits until all is resumed`, {
      cause: context.cause,
    });
    await control.whenReleased(effect.signal);
    const outdated = context.cause === undefined ? undefined : this.parts.outdated(context.cause);
    if (outdated === undefined) return;
    const told = `${effect.what} is not done: while all was held, ${outdated}`;
    journal.append('control', subject, told, { cause: entry.id });
    throw new AttituneError('declined', `${told}.`);
  }

  async #asked(control: SessionControl, effect: Effect, because: string, context: CallContext): Promise<void> {
    const { clock } = this.parts;
    const { what, names, key, signal } = effect;
    const known = this.parts.control.approvals.of(key);
    const until = known?.until ?? clock.now() + control.approveWithinMs;
    const id =
      known?.id ??
      this.#tell(control, effect, `${what} is to be done; it waits for an answer, because ${because}`, context, {
        outcome: 'asked',
        because,
        until,
      });
    const asked: Asked = known ?? { id, key, diagram: control.diagram, what, subjects: names, at: clock.now(), until };
    const { approved, by } = await this.ask(asked, context, signal);
    context.cause = id;
    if (!approved)
      throw new AttituneError(
        'declined',
        `${what} was declined${by === undefined ? ': nobody answered' : ` by ${by}`}.`,
      );
    context.granted = id;
  }

  #tell(
    { diagram, mode }: SessionControl,
    { what, names }: Effect,
    text: string,
    context: CallContext,
    gate: Readonly<Record<string, unknown>>,
  ): number {
    const { id } = this.parts.journal.append('decision', diagram, text, {
      cause: context.cause,
      data: { effect: { what, names, diagram, mode }, gate },
    });
    return id;
  }
}
