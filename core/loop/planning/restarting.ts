import type { Component } from '../../model/component.js';
import type { Plan } from '../../placement/cluster.js';

/** Attribute of a component: when it was restarted lately, in milliseconds since the epoch, with spaces between them. */
export const RESTARTS = 'restarts';

/**
 * Whether a component may be restarted once more: fewer than `limit` restarts within the last `windowMs`. The answer
 * `restart` carries what the attribute is to be then; `exhausted` means that repair has not helped.
 */
export function planRestart(
  component: Component,
  limits: { readonly at: number; readonly limit: number; readonly windowMs: number },
): Plan {
  const { at, limit, windowMs } = limits;
  const goal = `restart ${component.name}`;
  const recent = (component.attributes.get(RESTARTS) ?? '')
    .split(/\s+/)
    .map(Number)
    .filter((time) => time > 0 && time > at - windowMs);
  const within = `within ${Math.round(windowMs / 1000)} s`;
  if (recent.length >= limit) {
    const why = `${component.name} was restarted ${recent.length} times ${within}, and ${limit} is the limit`;
    return { goal, answer: 'exhausted', moves: [], rejected: [], why };
  }
  const why = `it is restart ${recent.length + 1} of at most ${limit} ${within}`;
  return { goal, answer: 'restart', moves: [], rejected: [], restarts: [...recent, at].join(' '), why };
}
