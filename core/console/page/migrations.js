/** A migration as a card on its way from one host to the other. */
import { element, setText, svg } from './dom.js';
import { percent } from './format.js';

/** Draws over `box`, after its hosts were drawn. @param {HTMLElement} box @param {readonly any[]} migrations */
export function drawMigrations(box, migrations) {
  const travellers = new Map(
    [...box.querySelectorAll('.traveller')].map((node) => [node.getAttribute('data-traveller'), node]),
  );
  const lines = migrations.flatMap((migration) => {
    const way = wayOf(box, migration);
    if (!way) return [];
    let traveller = travellers.get(migration.vm);
    travellers.delete(migration.vm);
    if (!traveller) {
      traveller = element('div', { class: 'traveller', 'data-traveller': migration.vm });
      box.append(traveller);
    }
    setText(traveller, `${migration.vm} ${percent(migration.fraction)}`);
    const point = along(way, migration.fraction);
    if (traveller instanceof HTMLElement) {
      traveller.style.transform = `translate(${point.x}px, ${point.y}px) translate(-50%, -50%)`;
    }
    return drawWay(way, migration.fraction);
  });
  for (const node of travellers.values()) node.remove();
  box.querySelector('.ways')?.remove();
  if (lines.length > 0) box.append(svg('svg', { class: 'ways', 'aria-hidden': 'true' }, ...lines));
}

/** The curve from the card of the machine to the place where it will be. @param {HTMLElement} box @param {any} migration */
function wayOf(box, { vm, from, to }) {
  const attribute = (/** @type {string} */ name, /** @type {string} */ value) =>
    `[data-${name}="${CSS.escape(value)}"]`;
  const source =
    box.querySelector(`${attribute('host', from)} ${attribute('vm', vm)}`) ??
    box.querySelector(attribute('host', from));
  const target =
    box.querySelector(`${attribute('host', to)} ${attribute('arriving', vm)}`) ??
    box.querySelector(attribute('host', to));
  if (!source || !target) return undefined;
  const origin = box.getBoundingClientRect();
  const place = (/** @type {Element} */ node) => {
    const { left, top, width, height } = node.getBoundingClientRect();
    const x = left - origin.left + box.scrollLeft + width / 2;
    return { x, y: top - origin.top + box.scrollTop + height / 2, width };
  };
  const [start, end] = [place(source), place(target)];
  const beside = Math.abs(end.x - start.x) > Math.abs(end.y - start.y);
  // beside each other, it leaves at the edge, so that it does not cross what the card says
  if (beside) start.x += (Math.sign(end.x - start.x) * start.width) / 2;
  const bend = { x: (start.x + end.x) / 2 + (beside ? 0 : 60), y: (start.y + end.y) / 2 - (beside ? 24 : 0) };
  return { start, bend, end };
}

/** A point of the quadratic Bézier curve. @param {any} way @param {number} t */
function along({ start, bend, end }, t) {
  const at = (/** @type {'x' | 'y'} */ axis) =>
    Math.round(((1 - t) ** 2 * start[axis] + 2 * t * (1 - t) * bend[axis] + t ** 2 * end[axis]) * 10) / 10;
  return { x: at('x'), y: at('y') };
}

/** The whole way dotted, what is done of it solid, and a tip at its end. @param {any} way @param {number} fraction */
function drawWay(way, fraction) {
  const { start, bend, end } = way;
  const done = along(way, fraction);
  // the control point of the first part of a split curve lies on the first leg
  const half = { x: start.x + fraction * (bend.x - start.x), y: start.y + fraction * (bend.y - start.y) };
  const angle = (Math.atan2(end.y - bend.y, end.x - bend.x) * 180) / Math.PI;
  return [
    svg('path', { d: `M${start.x},${start.y} Q${bend.x},${bend.y} ${end.x},${end.y}` }),
    svg('path', { class: 'past', d: `M${start.x},${start.y} Q${half.x},${half.y} ${done.x},${done.y}` }),
    svg('path', { class: 'tip', d: 'M2,0 L-9,-6 L-9,6 Z', transform: `translate(${end.x} ${end.y}) rotate(${angle})` }),
  ];
}
