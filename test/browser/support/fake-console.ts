/**
 * Serves the console with the fake feed, to look at: `node dist/test/browser/support/fake-console.js [STAGE] [PORT]`.
 * It tells the story up to the end of the stage (calm, migrating, after) and stays there until Ctrl-C.
 */
import { MemoryBus } from '../../../core/bus/memory-bus.js';
import { ConsoleServer } from '../../../core/console/console-server.js';
import { fakeDrawing } from './fake-drawing.js';
import { FakeFeed, type Stage } from './fake-feed.js';

const STAGES: readonly Stage[] = ['calm', 'migrating', 'after'];

const stage = STAGES.find((name) => name === process.argv[2]) ?? 'calm';
const bus = new MemoryBus();
const server = new ConsoleServer(bus, { port: Number(process.argv[3] ?? 0), title: 'web' }, () =>
  Promise.resolve(fakeDrawing()),
);
const { url } = await server.start();
new FakeFeed(bus).run(stage);
process.stdout.write(`${url}\n`);
process.once('SIGINT', () => void server.stop());
process.once('SIGTERM', () => void server.stop());
