/** Which transitions of a picture led from one configuration to the next, told from where they start and end. */

/** More microsteps than these between two configurations are not traced back. */
const LONGEST = 8;

/**
 * @typedef {{id: string, from: string, to: readonly string[], events: readonly string[], initial: boolean}} Arrow
 */

/** The transitions that a picture shows. @param {Element} root @returns {Arrow[]} */
export function arrowsOf(root) {
  const words = (/** @type {string | null} */ text) => (text ?? '').split(' ').filter(Boolean);
  return [...root.querySelectorAll('[data-transition]')].map((node) => ({
    id: node.getAttribute('data-transition') ?? '',
    from: node.getAttribute('data-from') ?? '',
    to: words(node.getAttribute('data-to')),
    events: words(node.getAttribute('data-event')),
    initial: node.hasAttribute('data-initial'),
  }));
}

/**
 * The ids of the transitions that may have led from `before` to `after` on `event`: those that lead straight to a state
 * that was entered; where there is none, the shortest way over states that were left again at once. Two that differ in
 * their guards only cannot be told apart, and both are named.
 *
 * @param {readonly Arrow[]} arrows
 * @param {readonly string[]} before the active states; empty before the first step
 * @param {readonly string[]} after
 * @param {string | undefined} event
 * @returns {string[]}
 */
export function takenTransitions(arrows, before, after, event) {
  const was = new Set(before);
  const entered = new Set(after.filter((id) => !was.has(id)));
  const starts = (/** @type {Arrow} */ arrow) =>
    before.length === 0
      ? arrow.initial
      : !arrow.initial && was.has(arrow.from) && (event === undefined || hears(arrow, event));
  const arrives = (/** @type {Arrow[]} */ way) => way.at(-1)?.to.some((id) => entered.has(id)) ?? false;
  let ways = arrows.filter(starts).map((arrow) => [arrow]);
  for (let length = 1; length <= LONGEST && ways.length > 0; length += 1) {
    const found = ways.filter(arrives);
    if (found.length > 0) return [...new Set(found.flat().map(({ id }) => id))];
    ways = ways.flatMap((way) => further(arrows, way));
  }
  return [];
}

/** A way and each transition that goes on from its end without waiting for an event from outside. @param {readonly Arrow[]} arrows @param {Arrow[]} way */
function further(arrows, way) {
  const ends = way.at(-1)?.to ?? [];
  return arrows
    .filter((arrow) => ends.includes(arrow.from) && !way.includes(arrow) && arrow.to.length > 0)
    .filter(({ events }) => events.length === 0 || events.some((one) => one.startsWith('done.state')))
    .map((arrow) => [...way, arrow]);
}

/** SCXML's event descriptors: a name, or the beginning of one up to a dot. @param {Arrow} arrow @param {string} event */
function hears({ events }, event) {
  if (events.length === 0) return true;
  return events.some((one) => one === '*' || one === event || event.startsWith(`${one.replace(/\.\*$/, '')}.`));
}
