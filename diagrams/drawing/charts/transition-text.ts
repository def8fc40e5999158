import type { StateNode, TransitionNode } from '../../statechart/index.js';
import { stepsOf } from '../../statechart/index.js';
import { delayText, stepLines } from './step-text.js';

/** `event [guard]`, then one line per step of its content. Events that its state sends itself are told by their delay. */
export function transitionLines(transition: TransitionNode): string[] {
  const { events, cond, content } = transition;
  const heard = events.map((event) => eventText(event, transition.source)).join(' or ');
  const head = [heard, cond ? `[${cond.text.replace(/\s+/g, ' ').trim()}]` : ''].filter(Boolean).join(' ');
  return [...(head === '' ? [] : [head]), ...stepLines(content).map((line) => `/ ${line}`)];
}

/** `after 30 s (late)` where the state, or one around it, sends `late` to itself that much later when it is entered. */
function eventText(event: string, source: StateNode): string {
  for (let state: StateNode | undefined = source; state; state = state.parent) {
    for (const step of state.onentry.flatMap(stepsOf)) {
      if (step.kind !== 'send' || step.event !== event || step.type === 'attitune' || step.target !== undefined)
        continue;
      const delay = delayText(step.delay);
      if (delay !== undefined) return `after ${delay} (${event})`;
    }
  }
  return event;
}

/** In words, for tooltips: `decide → migrate: done.invoke.plan [x > 1] / y := 2`. */
export function transitionSentence(transition: TransitionNode): string {
  const { source, targets } = transition;
  const text = transitionLines(transition).join(' ');
  const to = targets.length > 0 ? ` → ${targets.map(({ id }) => id).join(', ')}` : '';
  const from = source.initial === transition && source.kind !== 'history' ? 'start' : source.id;
  return `${from}${to}${text === '' ? '' : `: ${text}`}`;
}
