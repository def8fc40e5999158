/** Which colour a component has, everywhere on the page, for as long as the page is open. */

const COLOURS = 6;
/** Where each kind starts, so that hosts and their first machines differ. */
const FIRST = { host: 0, vm: 2, software: 1 };

/** @type {Map<string, string>} */
const given = new Map();
const counts = { host: 0, vm: 0, software: 0 };

/** The name of a custom property. @param {string} component @param {'host' | 'vm' | 'software'} kind */
export function colourOf(component, kind) {
  let colour = given.get(component);
  if (!colour) {
    colour = `--curve-${((FIRST[kind] + counts[kind]) % COLOURS) + 1}`;
    counts[kind] += 1;
    given.set(component, colour);
  }
  return colour;
}

/** Gives colours in the order of names, so that every page that shows the same system shows it alike. @param {readonly any[]} components */
export function giveColours(components) {
  const fresh = components.filter(({ name }) => !given.has(name));
  fresh.sort((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true }));
  for (const { name, kind } of fresh) colourOf(name, kind);
}
