/** The line above all panels: whether all is held, and what waits for an administrator. */
import { byId, setText } from './dom.js';
import { clock } from './format.js';

/** @param {import('../view-state.js').ViewState} state */
export function drawControl({ system }) {
  const { held, pending = 0, watching } = system?.control ?? {};
  const lines = [];
  if (held)
    lines.push(
      `Held by ${held.by} since ${clock(held.at)}${held.reason ? `: ${held.reason}` : ''}. Nothing is begun until “attitune resume”.`,
    );
  if (pending > 0)
    lines.push(
      `${pending === 1 ? 'One question waits' : `${pending} questions wait`} for an administrator: “attitune pending”.`,
    );
  if (watching)
    lines.push(
      watching === 'shadow' ? 'This is a shadow: it watches and tells, and does nothing.' : 'This is a dry run.',
    );
  const node = byId('control');
  node.hidden = lines.length === 0;
  node.dataset.kind = held ? 'held' : 'told';
  setText(node, lines.join(' '));
}
