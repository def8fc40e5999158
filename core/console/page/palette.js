/** Which colour a component has, everywhere on the page, for as long as the page is open. */

const COLOURS = 6;

/** @type {Map<string, string>} */
const given = new Map();

/** The name of a custom property. @param {string} component */
export function colourOf(component) {
  let colour = given.get(component);
  if (!colour) given.set(component, (colour = `--curve-${(given.size % COLOURS) + 1}`));
  return colour;
}
