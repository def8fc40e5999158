import { AttituneError } from '../../../core/model/errors.js';
import type { Chart } from '../chart/chart.js';
import type { Reachability } from './reachability.js';
import { nameOf } from './state-name.js';

/** States that no way leads to (`unreachable`); of one inside another only the outer is told. */
export function checkReachability(chart: Chart, { states }: Reachability): AttituneError[] {
  return chart.states
    .filter((state) => state.kind !== 'history' && !states.has(state))
    .filter(({ parent }) => parent === undefined || states.has(parent))
    .map((state) => {
      const message = `${nameOf(state)} can never be entered: no transition that can be taken leads to it. Add one, or remove the state.`;
      return new AttituneError('unreachable', message, { place: state.place });
    });
}
