import { AttituneError } from '../../../core/model/errors.js';
import { options, pair, text, type StepTable } from './step.js';

/** What changes the system representation alone: facts about peers that the next configuration is written from. */
export const COMPONENT: StepTable = {
  set: {
    description: 'Sets attributes of the component itself.',
    usage: 'attribute:value …',
    minimum: 1,
    idempotent: true,
    run: ({ component, parameters }) => {
      const values = parameters.map((parameter) => pair(parameter.text));
      const changed = values.some(([name, value]) => component.attributes.get(name) !== value);
      for (const [name, value] of values) component.setAttribute(name, value);
      return Promise.resolve({ changed });
    },
  },
  mark: {
    description:
      'Sets attributes of the peers of an association that are named; the next configuration is written from them.',
    usage: 'association, named:NAME,NAME …, attribute:value …',
    minimum: 3,
    idempotent: true,
    run: (step) => {
      const association = text(step, 0);
      const { rest, given } = options(step, ['named'], 1);
      const names = (given.named ?? []).flatMap((list) => list.split(/[,;\s]+/)).filter((name) => name !== '');
      const peers = step.component.lookup(association);
      const named = peers.filter(({ name }) => names.includes(name));
      if (named.length === 0) {
        const known = peers.map(({ name }) => name).join(', ') || 'none';
        throw new AttituneError(
          'unknown-component',
          `none of "${names.join(', ')}" is bound as "${association}" now; bound are ${known}.`,
        );
      }
      const values = rest.map((parameter) => pair(parameter));
      let changed = false;
      for (const peer of named) {
        for (const [name, value] of values) {
          changed ||= peer.attributes.get(name) !== value;
          peer.setAttribute(name, value);
        }
      }
      return Promise.resolve({ changed, named: named.map(({ name }) => name) });
    },
  },
};
