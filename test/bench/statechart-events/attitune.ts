import { SystemClock } from '../../../core/model/clock.js';
import { ScxmlEngine } from '../../../diagrams/statechart/index.js';
import { measure, RING_SCXML } from './ring.js';

const engine = new ScxmlEngine();
const { diagram } = engine.readText(RING_SCXML, 'ring.scxml');
if (!diagram) throw new Error('the ring is wrong');
const session = engine.start(diagram, {
  id: 'ring',
  clock: new SystemClock(),
  data: {},
  invoke: () => Promise.resolve(),
  emit: () => undefined,
  assign: () => undefined,
  onStep: () => undefined,
  onLog: () => undefined,
});
const event = { name: 'next' };
await measure({
  send: (events) => {
    for (let i = 0; i < events; i += 1) session.send(event);
  },
  active: () => session.configuration.at(-1) ?? '',
});
