/** The console's page: keeps the state that the server sends and lets each panel draw it. */
import { connect } from './connection.js';
import { drawControl } from './control.js';
import { drawCurves } from './curves.js';
import { drawDiagram } from './diagram.js';
import { byId, setText } from './dom.js';
import { drawFigures } from './figures.js';
import { drawHosts } from './hosts.js';
import { drawJournal } from './journal.js';
import { initialState, reduce } from './view-state.js';

const PANELS = [drawControl, drawFigures, drawHosts, drawCurves, drawDiagram, drawJournal];
const STATUS_TEXT = { connecting: 'connecting…', live: 'live', reconnecting: 'reconnecting…' };

let state = initialState();
let drawn = false;

/** However many messages come in, the page is drawn at most once per frame. */
function draw() {
  if (drawn) return;
  drawn = true;
  requestAnimationFrame(() => {
    drawn = false;
    for (const panel of PANELS) panel(state);
  });
}

connect(
  (message) => {
    if (message.type === 'state') {
      state = message.state;
      setText(byId('title'), message.title);
      document.title = `${message.title} · AttiTUNe`;
    } else {
      state = message.changes.reduce(reduce, state);
    }
    draw();
  },
  (status) => {
    const node = byId('connection');
    node.dataset.status = status;
    setText(node, STATUS_TEXT[status]);
  },
);

addEventListener('resize', draw);
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', draw);
