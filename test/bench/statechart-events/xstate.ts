import { assign, createActor, setup } from 'xstate';
import { measure, STATES } from './ring.js';

const machine = setup({
  types: { context: {} as { count: number }, events: {} as { type: 'next' } },
  guards: { counts: ({ context }) => context.count >= 0 },
  actions: { count: assign({ count: ({ context }) => context.count + 1 }) },
}).createMachine({
  context: { count: 0 },
  initial: 's0',
  states: Object.fromEntries(
    Array.from({ length: STATES }, (_, i) => [
      `s${i}`,
      { on: { next: { guard: 'counts' as const, target: `s${(i + 1) % STATES}`, actions: 'count' as const } } },
    ]),
  ),
});
const actor = createActor(machine);
actor.start();
const event = { type: 'next' } as const;
await measure({
  send: (events) => {
    for (let i = 0; i < events; i += 1) actor.send(event);
  },
  active: () => actor.getSnapshot().value,
});
