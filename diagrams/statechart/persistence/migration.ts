import { AttituneError } from '../../../core/model/errors.js';
import type { Chart, StateNode } from '../chart/chart.js';

/** The way from ids of states in a record to the states of the present diagram. */
export interface Renaming {
  readonly chart: Chart;
  /** Throws `diagram-changed` for an id that is gone. */
  readonly stateOf: (id: string) => StateNode;
  readonly refused: (why: string) => AttituneError;
  readonly illegal: (configuration: readonly StateNode[]) => AttituneError;
}

/**
 * How states of a session are found in a diagram: as they are where it is the same, else by the rule that its author
 * gave for the former one. Throws `diagram-changed` where there is no rule, and names the states that are gone.
 */
export function renaming(chart: Chart, hash: string, sessionId: string, stored: readonly string[]): Renaming {
  const refused = (why: string) =>
    new AttituneError(
      'diagram-changed',
      `diagram "${chart.name}" was changed while its session ${sessionId} was interrupted: ${why}.`,
      {
        place: chart.root.place,
        details: { diagram: chart.file, session: sessionId, hash },
      },
    );
  const same = chart.hash === hash;
  const rule = same ? undefined : ruleFor(chart, hash);
  const renamed = (id: string) => rule?.states.get(id) ?? id;
  const gone = stored.filter((id) => !chart.byId.has(renamed(id)));
  if (!same && !rule) throw refused(withoutRule(gone, hash));
  if (gone.length > 0) {
    const places = list(gone);
    throw refused(
      `its rule for former sessions leaves out ${places}, which no longer exist${gone.length === 1 ? 's' : ''}. Add <at:state from="${gone[0]}" to="…"/>`,
    );
  }
  return {
    chart,
    refused,
    stateOf: (id) => {
      const state = chart.byId.get(renamed(id));
      if (!state) throw refused(`the state "${id}" no longer exists`);
      return state;
    },
    illegal: (configuration) =>
      refused(
        `${list(configuration.map(({ id }) => id))} cannot be active together in the new one. Name other states in its rule`,
      ),
  };
}

function ruleFor({ migrations }: Chart, hash: string) {
  return migrations.find(({ from }) => from === hash) ?? migrations.find(({ from }) => from === '*');
}

function withoutRule(gone: readonly string[], hash: string): string {
  const what =
    gone.length > 0 ? `the state${gone.length > 1 ? 's' : ''} ${list(gone)} disappeared` : 'its text is another one';
  const states = gone.map((id) => `<at:state from="${id}" to="…"/>`).join('');
  const rule =
    gone.length > 0 ? `<at:migration from="${hash}">${states}</at:migration>` : `<at:migration from="${hash}"/>`;
  return `${what}. Bring the former file back, or say in the new one what becomes of former sessions: ${rule}`;
}

function list(ids: readonly string[]): string {
  return ids.map((id) => `"${id}"`).join(', ');
}
