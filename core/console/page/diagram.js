/** The diagram that runs, with its active states lit; after it ended, as it ended. */
import { byId, element, setText } from './dom.js';
import { arrowsOf, takenTransitions } from './taken.js';

const TABS = 5;
/** Of the picture's own size; text is eight pixels high then. */
const LEAST_SCALE = 0.75;
const STATUS = { running: 'running', final: 'ended', failed: 'failed', stopped: 'stopped' };

/** A picture with its own styles, which a page without inline styles must be handed. @typedef {{root: SVGElement, styles: CSSStyleSheet[], arrows: import('./taken.js').Arrow[]}} Picture */

/** Pictures by file, each fetched once. @type {Map<string, Promise<Picture | string>>} */
const pictures = new Map();
/** The session that the user chose to look at. @type {string | undefined} */
let pinned;
/** @type {string} */
let drawnFile = '';
let drawnKey = '';
let followed = '';
/** What each session did last: its configuration, and the transitions that led there. @type {Map<string, {configuration: readonly string[], taken: readonly string[]}>} */
const steps = new Map();

// a shadow root, so that the styles of a picture stay its own
const paper = byId('picture').attachShadow({ mode: 'open' });
paper.append(element('link', { rel: 'stylesheet', href: 'drawing.css' }));

/** @param {import('../view-state.js').ViewState} state */
export function drawDiagram(state) {
  const sessions = [...state.sessions].reverse();
  const order = [...sessions.filter(running), ...sessions.filter((session) => !running(session))];
  const session = order.find(({ id }) => id === pinned) ?? order[0];
  if (!session) return;
  const key = JSON.stringify([session, order.slice(0, TABS).map(({ id, status }) => [id, status])]);
  if (key === drawnKey) return;
  drawnKey = key;
  drawTabs(order.slice(0, TABS), session.id, () => {
    drawnKey = '';
    drawDiagram(state);
  });
  const where = session.configuration.length > 0 ? `in ${session.configuration.join(', ')}` : '';
  const about = session.subject ? `for ${session.subject}` : '';
  setText(byId('session-note'), [session.diagram, about, STATUS[session.status], where].filter(Boolean).join(' · '));
  void light(session);
}

/** @param {any} session */
function running(session) {
  return session.status === 'running';
}

/** @param {readonly any[]} sessions @param {string} current @param {() => void} redraw */
function drawTabs(sessions, current, redraw) {
  const buttons = sessions.map((session) => {
    const mark = running(session) ? '▸ ' : '';
    const pressed = String(session.id === current);
    const label = `${session.diagram} ${session.subject ?? ''}: ${STATUS[/** @type {'final'} */ (session.status)]}`;
    const attributes = { type: 'button', 'aria-pressed': pressed, 'aria-label': label, 'data-session': session.id };
    const button = element('button', attributes, `${mark}${session.diagram}`);
    button.addEventListener('click', () => {
      pinned = pinned === session.id ? undefined : session.id;
      redraw();
    });
    return button;
  });
  const focused = document.activeElement instanceof HTMLElement ? document.activeElement.dataset.session : undefined;
  byId('sessions').replaceChildren(...buttons);
  if (focused) buttons.find((button) => button.dataset.session === focused)?.focus();
}

/** @param {any} session */
async function light(session) {
  const { file, status } = session;
  drawnFile = file;
  let loading = pictures.get(file);
  if (!loading) pictures.set(file, (loading = load(file)));
  const picture = await loading;
  // another diagram may have been chosen while this one was on its way
  if (drawnFile !== file) return;
  const failure = typeof picture === 'string';
  byId('no-picture').hidden = !failure;
  byId('picture').hidden = failure;
  if (failure) {
    pictures.delete(file);
    setText(byId('no-picture'), picture);
    return;
  }
  if (paper.lastElementChild !== picture.root) {
    paper.querySelector('svg')?.remove();
    paper.append(picture.root);
    paper.adoptedStyleSheets = picture.styles;
  }
  byId('picture').className = `picture ${status === 'running' || status === 'failed' ? status : 'ended'}`;
  const active = new Set(session.configuration);
  for (const node of picture.root.querySelectorAll('[data-state]')) {
    node.classList.toggle('active', active.has(node.getAttribute('data-state')));
  }
  const taken = new Set(lastTaken(session, picture.arrows));
  for (const node of picture.root.querySelectorAll('[data-transition]')) {
    node.classList.toggle('active', taken.has(node.getAttribute('data-transition') ?? ''));
  }
  follow(session, picture.root);
}

/** Brings what is active into sight, once for each configuration: who scrolls is not scrolled back. @param {any} session @param {SVGElement} root */
function follow({ id, configuration }, root) {
  const key = JSON.stringify([id, configuration]);
  if (key === followed) return;
  followed = key;
  const innermost = [...root.querySelectorAll('[data-state].active')].at(-1);
  if (!innermost) return;
  const box = byId('picture');
  const [frame, place] = [box.getBoundingClientRect(), innermost.getBoundingClientRect()];
  box.scrollTop += place.top + place.height / 2 - frame.top - frame.height / 2;
  box.scrollLeft += place.left + place.width / 2 - frame.left - frame.width / 2;
}

/** The transitions that led to where a session is; they stay lit until its next step. @param {any} session @param {Picture['arrows']} arrows */
function lastTaken({ id, configuration, event }, arrows) {
  const last = steps.get(id);
  if (last && String(last.configuration) === String(configuration)) return last.taken;
  // of a session that ran before the page was opened nobody knows how it got where it is
  const taken =
    last || isStart(configuration, arrows)
      ? takenTransitions(arrows, last?.configuration ?? [], configuration, event)
      : [];
  steps.set(id, { configuration, taken });
  return taken;
}

/** True where a configuration is the one that the picture's initial transitions lead to. @param {readonly string[]} configuration @param {Picture['arrows']} arrows */
function isStart(configuration, arrows) {
  const starts = new Set(arrows.filter(({ initial }) => initial).flatMap(({ to }) => to));
  return configuration.length > 0 && configuration.every((id) => starts.has(id));
}

/** @param {string} file @returns {Promise<Picture | string>} the picture, or why there is none */
async function load(file) {
  try {
    const response = await fetch(`drawing?file=${encodeURIComponent(file)}`);
    const text = await response.text();
    if (!response.ok) return `The diagram cannot be drawn: ${text.trim()}`;
    const [markup, styles] = withoutStyles(text);
    const root = new DOMParser().parseFromString(markup, 'image/svg+xml').documentElement;
    if (!(root instanceof SVGElement)) return 'The diagram cannot be drawn: the server sent no SVG.';
    return { root: tamed(root), styles, arrows: arrowsOf(root) };
  } catch {
    return 'The diagram cannot be loaded now.';
  }
}

/**
 * Takes the style sheets out before anything is parsed: the page's policy refuses them inside markup.
 *
 * @param {string} text
 * @returns {[markup: string, styles: CSSStyleSheet[]]}
 */
function withoutStyles(text) {
  /** @type {CSSStyleSheet[]} */
  const styles = [];
  const markup = text.replace(/<style\b[^>]*>([\s\S]*?)<\/style>/g, (_, /** @type {string} */ css) => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(css.replace(/<!\[CDATA\[|\]\]>/g, '').replace(/&gt;/g, '>'));
    styles.push(sheet);
    return '';
  });
  return [markup, styles];
}

/** A picture without anything that runs or loads, scaled to its box. @param {SVGElement} root */
function tamed(root) {
  for (const node of root.querySelectorAll('script, style, foreignObject, iframe, image, animate, set')) node.remove();
  for (const node of [root, ...root.querySelectorAll('*')]) {
    for (const { name, value } of [...node.attributes]) {
      if (/^on/i.test(name) || (/href$/i.test(name) && !value.startsWith('#'))) node.removeAttribute(name);
    }
  }
  const [width, height] = ['width', 'height'].map((name) => parseFloat(root.getAttribute(name) ?? ''));
  if (!root.hasAttribute('viewBox') && width && height) root.setAttribute('viewBox', `0 0 ${width} ${height}`);
  root.removeAttribute('width');
  root.removeAttribute('height');
  // a picture that is far larger than its box is not shrunk until nobody can read it, but scrolled
  if (width) root.style.minWidth = `${width * LEAST_SCALE}px`;
  if (height) root.style.minHeight = `${height * LEAST_SCALE}px`;
  root.setAttribute('role', 'img');
  root.setAttribute('aria-label', 'Diagram; the line above names its active states');
  return root;
}
