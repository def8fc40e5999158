import type { Page } from 'playwright-core';

export interface Measured {
  readonly states: readonly Box[];
  readonly labels: readonly Box[];
  /** Texts that reach out of the box they belong to, or of the picture. */
  readonly outside: readonly string[];
  /** Labels, other texts, and boxes that a line goes through and has no business in. */
  readonly crossed: readonly string[];
}

export interface Box {
  readonly name: string;
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** Shows an SVG in the page and measures it there, in pixels, with the fonts of this machine. */
export async function measure(page: Page, svg: string): Promise<Measured> {
  await page.setContent(`<body style="margin: 0">${svg}</body>`);
  return page.evaluate(MEASURE);
}

/** Runs in the browser, for which the project has no types. */
const MEASURE = `(() => {
  const svg = document.querySelector('svg');
  const box = (node, name) => {
    const { left, top, right, bottom } = node.getBoundingClientRect();
    return { name, left, top, right, bottom };
  };
  const nameOf = (group) => group.id || group.getAttribute('class');
  const outside = [];
  const within = (inner, outer, slack = 0.6) =>
    inner.left >= outer.left - slack && inner.right <= outer.right + slack &&
    inner.top >= outer.top - slack && inner.bottom <= outer.bottom + slack;
  const paper = box(svg.querySelector('.paper'), 'paper');
  const boxes = [...svg.querySelectorAll('g.box, g.history')];
  const states = boxes.map((group) => box(group.querySelector(':scope > rect, :scope > circle'), nameOf(group)));
  boxes.forEach((group, index) => {
    for (const text of group.querySelectorAll('text'))
      if (!within(box(text), states[index])) outside.push(nameOf(group) + ': ' + text.textContent);
  });
  for (const node of svg.querySelectorAll('rect, circle, path, polygon, text'))
    if (!within(box(node), paper, 1)) outside.push(node.tagName + ' of ' + nameOf(node.parentNode));
  const labels = [];
  const owners = [];
  for (const group of svg.querySelectorAll('g.line')) {
    const texts = [...group.querySelectorAll('text.label')].map((text) => box(text));
    if (texts.length > 0) {
      labels.push({
        name: nameOf(group),
        left: Math.min(...texts.map(({ left }) => left)),
        right: Math.max(...texts.map(({ right }) => right)),
        top: Math.min(...texts.map(({ top }) => top)),
        bottom: Math.max(...texts.map(({ bottom }) => bottom)),
      });
    }
    for (const text of group.querySelectorAll('text.end')) labels.push(box(text, nameOf(group) + ' ' + text.textContent));
  }
  const crossed = [];
  const { left: originX, top: originY } = svg.getBoundingClientRect();
  const inner = ({ left, top, right, bottom }, x, y, by) => x > left + by && x < right - by && y > top + by && y < bottom - by;
  const texts = boxes.flatMap((group) => [...group.querySelectorAll('text')].map((text) => box(text, nameOf(group))));
  for (const group of svg.querySelectorAll('g.line')) {
    const path = group.querySelector('path');
    const length = path.getTotalLength();
    const ends = [group.dataset.from, ...(group.dataset.to || '').split(' ')].map((id) =>
      states.find(({ name }) => name === 'state-' + id || name === 'class-' + id || name === 'probe-' + id || new RegExp('^diagram-[0-9]+-' + id + '$').test(name)));
    const around = (state) => ends.some((end) => end && within(end, state));
    const strange = states.filter((state) => !around(state));
    const hit = new Set();
    for (const label of labels.filter(({ name }) => name.split(' ')[0] === nameOf(group)))
      for (const state of strange)
        if (label.left < state.right && state.left < label.right && label.top < state.bottom && state.top < label.bottom)
          hit.add(state.name + ' with its label');
    for (let at = 0; at <= length; at += 2) {
      const point = path.getPointAtLength(at);
      const [x, y] = [point.x - svg.viewBox.baseVal.x + originX, point.y - svg.viewBox.baseVal.y + originY];
      for (const label of labels) if (inner(label, x, y, 1.5)) hit.add('the label of ' + label.name);
      for (const text of texts) if (inner(text, x, y, 1.5)) hit.add('the text of ' + text.name);
      for (const state of strange) if (inner(state, x, y, 1.5)) hit.add(state.name);
    }
    for (const name of hit) crossed.push(nameOf(group) + ' through ' + name);
  }
  return { states, labels, outside, crossed };
})()`;

/** What overlaps in a picture, in words. `inside` tells whether the first of two boxes belongs inside the second. */
export function overlaps(
  { states, labels, outside, crossed }: Measured,
  inside: (inner: string, outer: string) => boolean,
): string[] {
  const found: string[] = [...outside, ...crossed];
  for (const [index, label] of labels.entries()) {
    for (const other of labels.slice(index + 1)) if (touch(label, other)) found.push(`${label.name} and ${other.name}`);
    for (const state of states)
      if (touch(label, state) && !contains(state, label))
        found.push(`label ${label.name} over the border of ${state.name}`);
      else if (touch(label, state) && !states.some((other) => other !== state && contains(state, other)))
        found.push(`label ${label.name} on ${state.name}`);
  }
  for (const [index, state] of states.entries()) {
    for (const other of states.slice(index + 1)) {
      if (!touch(state, other)) continue;
      if (inside(state.name, other.name) && contains(other, state)) continue;
      if (inside(other.name, state.name) && contains(state, other)) continue;
      found.push(`${state.name} and ${other.name}`);
    }
  }
  return found;
}

const SLACK = 0.6;

function touch(a: Box, b: Box): boolean {
  return a.left < b.right - SLACK && b.left < a.right - SLACK && a.top < b.bottom - SLACK && b.top < a.bottom - SLACK;
}

function contains(outer: Box, inner: Box): boolean {
  return (
    inner.left >= outer.left - SLACK &&
    inner.right <= outer.right + SLACK &&
    inner.top >= outer.top - SLACK &&
    inner.bottom <= outer.bottom + SLACK
  );
}
