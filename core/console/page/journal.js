/** The journal, newest on top. Only new entries are added, so that a screen reader says each once. */
import { byId, element, setText } from './dom.js';
import { clock } from './format.js';

/** More than anybody scrolls through; `/state` has all that the server keeps. */
const SHOWN = 200;
/** Kinds whose cause is worth a line; steps and operations follow from the session that they stand under. */
const CAUSED = new Set(['event', 'session', 'decision', 'effect', 'control', 'migration', 'trouble']);

/** The newest entry that is on the page. @type {{id: number, at: number}} */
let newest = { id: 0, at: 0 };
/** @type {unknown} */
let shown;

/** @param {import('../view-state.js').ViewState} state */
export function drawJournal(state) {
  const { journal } = state;
  if (journal === shown) return;
  shown = journal;
  const list = byId('journal');
  const byNumber = new Map(journal.map((entry) => [entry.id, entry]));
  const last = journal.at(-1) ?? { id: 0, at: 0 };
  const same = byNumber.get(newest.id);
  // ids that start again, or mean something else, tell that another manager is speaking
  if (last.id < newest.id || (same && same.at !== newest.at)) {
    newest = { id: 0, at: 0 };
    list.replaceChildren();
  }
  const atTop = list.scrollTop < 8;
  const height = list.scrollHeight;
  const fresh = journal.slice(-SHOWN).filter((entry) => entry.id > newest.id);
  for (const entry of fresh) list.prepend(item(entry, byNumber));
  while (list.childElementCount > SHOWN) list.lastElementChild?.remove();
  // who reads further down keeps reading the same lines
  if (!atTop) list.scrollTop += list.scrollHeight - height;
  newest = { id: last.id, at: last.at };
  setText(byId('journal-count'), journal.length === 0 ? '' : `${last.id} ${last.id === 1 ? 'entry' : 'entries'}`);
}

/**
 * @param {any} entry
 * @param {Map<number, any>} byNumber
 */
function item(entry, byNumber) {
  const at = element('time', { datetime: new Date(entry.at).toISOString() }, clock(entry.at));
  const badge = element('span', { class: 'badge', 'data-kind': entry.kind }, entry.kind);
  const node = element('li', { 'data-id': String(entry.id) }, at, badge, textOf(entry));
  for (const line of whyLines(entry, byNumber)) node.append(element('span', { class: 'why' }, line));
  return node;
}

/** The sentence, after the name of what it is about where it does not say that. @param {any} entry */
function textOf({ subject, text }) {
  const about = subject && !text.includes(subject) ? [element('b', {}, subject), ' '] : [];
  return element('span', { class: 'text' }, ...about, text);
}

/** What led to an entry: its own reasons, else the entry that caused it. @param {any} entry @param {Map<number, any>} byNumber */
function whyLines(entry, byNumber) {
  if (entry.why.length > 0) return entry.why;
  if (!CAUSED.has(entry.kind)) return [];
  let cause = byNumber.get(entry.cause);
  // what merely carried it out is passed over, up to what was decided or happened
  while (cause && (cause.kind === entry.kind || !CAUSED.has(cause.kind)) && cause.cause < cause.id) {
    cause = byNumber.get(cause.cause);
  }
  return cause && cause.kind !== entry.kind && CAUSED.has(cause.kind) ? [cause.text] : [];
}
