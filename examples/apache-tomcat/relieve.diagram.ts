import { administration } from 'attitune';
import { assign, setup } from 'xstate';
import type { Web } from './web.types.js';

const web = administration<Web, 'servers'>();

interface Move {
  readonly vm: string;
  readonly to: string;
}

/** The same as relieve.scxml: a host was hot, and one of its machines moves to a host with room, if that helps. */
export default setup({
  types: { context: {} as { move?: Move } },
  actors: web.actors,
}).createMachine({
  id: 'relieve',
  context: {},
  initial: 'decide',
  states: {
    decide: {
      invoke: {
        id: 'plan',
        src: 'plan',
        input: web.plan('relieve', { below: '80 %', coolDown: '15 s', minimumGain: '10 %' }),
        onDone: [
          {
            guard: ({ event }) => event.output.answer === 'move',
            actions: assign({ move: ({ event }) => event.output.moves[0] }),
            target: 'migrate',
          },
          { target: 'nothingToMove' },
        ],
      },
    },
    migrate: {
      invoke: {
        id: 'migration',
        src: 'operation',
        input: ({ context: { move } }) => web.operationOf(move?.vm ?? '', 'migrate', { to: move?.to }),
        onDone: 'relieved',
      },
    },
    relieved: { type: 'final' },
    nothingToMove: { type: 'final' },
  },
});
