import { createRequire } from 'node:module';
import { measure, RING_SCXML } from './ring.js';

/** The part of `@scion-scxml/scxml` that this uses; it has no types. */
interface Scion {
  documentStringToModel(
    url: string,
    text: string,
    callback: (error: unknown, model: { prepare(callback: (error: unknown, prepared: unknown) => void): void }) => void,
  ): void;
  readonly scion: { readonly Statechart: new (model: unknown) => Interpreter };
}
interface Interpreter {
  start(): void;
  gen(event: { readonly name: string }): void;
  getConfiguration(): readonly string[];
}

/** The package.json of the folder that the peer is installed in. */
const [, , peers = ''] = process.argv;
const scion = createRequire(peers)('@scion-scxml/scxml') as Scion;
const prepared = await new Promise((resolve, reject) => {
  scion.documentStringToModel('ring.scxml', RING_SCXML, (error, model) => {
    if (error) reject(new Error('the ring is refused', { cause: error }));
    else
      model.prepare((failure, chart) =>
        failure ? reject(new Error('the ring is refused', { cause: failure })) : resolve(chart),
      );
  });
});
const interpreter = new scion.scion.Statechart(prepared);
interpreter.start();
const event = { name: 'next' };
await measure({
  send: (events) => {
    for (let i = 0; i < events; i += 1) interpreter.gen(event);
  },
  active: () => interpreter.getConfiguration()[0] ?? '',
});
