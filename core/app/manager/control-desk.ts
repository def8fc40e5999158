import { explain, select } from '../../loop/decisions/explain.js';
import type { Manager } from '../../loop/manager.js';
import type { Clock } from '../../model/clock.js';
import type { ControlCommand, ControlStatus } from '../../model/control-commands.js';
import type { Questions } from '../../model/messages.js';
import { writeClusterDocument } from '../../placement/document/index.js';
import { Snapshots } from './snapshots.js';

/** Questions that a manager answers administrators, whatever way they come by. */
export const DESK_QUESTIONS = [
  'manager.control',
  'manager.pending',
  'manager.why',
  'manager.journal',
  'manager.cluster',
] as const;
export type DeskQuestion = (typeof DESK_QUESTIONS)[number];

/** Answers to them; `from` is who asks, as far as the carrier vouches for it. Each throws as what it asks of the manager. */
export type DeskAnswers = {
  readonly [Q in DeskQuestion]: (asks: Questions[Q]['asks'], from: string) => Questions[Q]['answers'];
};

/** What a manager answers administrators. */
export function deskAnswers(
  manager: Pick<Manager, 'control' | 'journal' | 'system' | 'cluster'>,
  clock: Clock,
): DeskAnswers {
  const { control, journal, system } = manager;
  const snapshots = new Snapshots(() => writeClusterDocument(manager.cluster()));
  return {
    'manager.control': (command, from) => ({ text: carryOut(manager, { ...command, source: by(command, from) }) }),
    'manager.pending': () => controlStatus(control, system.deployment.name, clock.now()),
    'manager.why': ({ about }) => explain(journal, about),
    'manager.journal': (query) => select(journal, query),
    'manager.cluster': ({ rest }) => snapshots.answer(rest),
  };
}

/** Says what was done. */
function carryOut({ control }: Pick<Manager, 'control'>, command: ControlCommand): string {
  const { source } = command;
  switch (command.command) {
    case 'hold': {
      const { reason, abort } = command;
      return control.hold({ by: source, ...(reason === undefined ? {} : { reason }), ...(abort ? { abort } : {}) });
    }
    case 'resume':
      return control.resume({ by: source });
    case 'approve':
    case 'decline':
      return control.answer(command.id, command.command === 'approve', source);
    case 'mode':
      return control.setMode(command.name, command.mode, source);
    case 'drain':
    case 'resume-host':
      return control.setMaintenance(command.host, command.command === 'drain', source);
  }
}

function by({ source }: ControlCommand, from: string): string {
  // what would break a line of the journal
  return `${source}, from ${from}`.replace(/[\u0000-\u001f\u007f]/g, ' ').slice(0, 200);
}

function controlStatus(control: Manager['control'], system: string, at: number): ControlStatus {
  const questions = control.approvals.pending.map(({ id, diagram, what, at: asked, until }) => ({
    ...{ id, diagram, what, until },
    at: asked,
  }));
  return { system, at, pending: questions.length, ...control.summary(), questions };
}
