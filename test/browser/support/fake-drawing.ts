/** A picture of the fake feed's diagram, in the form that drawings have: each state's group carries `data-state`. */
const BOXES: readonly (readonly [id: string, x: number, y: number])[] = [
  ['choose', 130, 20],
  ['move', 130, 90],
  ['verify', 130, 160],
  ['undo', 300, 90],
  ['relieved', 130, 230],
];

const ARROWS: readonly (readonly [path: string, label: string, x: number, y: number])[] = [
  ['M175,50 L175,84', 'done.invoke.where', 182, 72],
  ['M175,120 L175,154', 'done.invoke.move', 182, 142],
  ['M220,105 L294,105', 'error', 246, 99],
  ['M175,190 L175,224', 'done.invoke.check', 182, 212],
];

export function fakeDrawing(): string {
  const boxes = BOXES.map(
    ([id, x, y]) =>
      `<g data-state="${id}"><rect x="${x}" y="${y}" width="90" height="30" rx="7" fill="#ffffff" stroke="#33404d"/>` +
      `<text x="${x + 45}" y="${y + 20}" text-anchor="middle">${id}</text></g>`,
  );
  const arrows = ARROWS.map(
    ([path, label, x, y]) =>
      `<path d="${path}" fill="none" stroke="#33404d" marker-end="url(#tip)"/><text x="${x}" y="${y}" font-size="10">${label}</text>`,
  );
  const tip =
    '<defs><marker id="tip" viewBox="0 0 8 8" refX="4" refY="4" markerWidth="7" markerHeight="7" orient="auto">' +
    '<path d="M0,0 L8,4 L0,8 Z" fill="#33404d"/></marker></defs>';
  return (
    '<svg xmlns="http://www.w3.org/2000/svg" width="430" height="280" viewBox="0 0 430 280" font-family="sans-serif" font-size="12">' +
    `<style>text { fill: #223 } .none > rect { fill: none }</style>${tip}${arrows.join('')}${boxes.join('')}</svg>`
  );
}
