import type { ControlSummary } from '../../model/control-summary.js';
import type { Clock } from '../../model/clock.js';
import { CONTROL_MODES, MODE_ATTRIBUTE, type ControlMode } from '../../model/deployment.js';
import { AttituneError } from '../../model/errors.js';
import type { SystemRepresentation } from '../../model/system-representation.js';
import { suggest } from '../../xml/suggest.js';
import type { Journal } from '../journal.js';
import { MAINTENANCE } from '../planning/host-facts.js';
import { Approvals, type Asked } from './approvals.js';
import { Modes } from './modes.js';

/** Since when, by whom and why nothing is begun any more. */
export interface Held {
  readonly at: number;
  readonly by: string;
  readonly reason?: string;
  /** Journal entry of the command. */
  readonly entry: number;
}

/** What of the control outlives the manager, as JSON. */
export interface ControlState {
  readonly held?: Held;
  readonly modes: Readonly<Record<string, ControlMode>>;
  readonly asked: readonly Asked[];
}

/** `shadow`: it watches, decides and tells, and does nothing; `dry-run`: it tells what it would do, and goes on as if it had. */
export type Watching = 'shadow' | 'dry-run';

export interface ControlParts {
  readonly system: SystemRepresentation;
  readonly clock: Clock;
  readonly journal: Journal;
  /** Names of the diagrams of the deployment. */
  readonly diagrams: () => readonly string[];
  /** Absent: it acts, as far as modes allow. */
  readonly watching?: Watching | undefined;
  /** Called after each change, to store it and to tell it. */
  readonly changed: () => void;
}

/** Longer words of administrators are cut. */
const LONGEST_WORD = 300;

/**
 * Who may do what: modes, questions to administrators, and the kill switch. Its commands enter the journal with the name
 * of who gave them. All of it outlives the manager, and ends when the system is taken down.
 */
export class Control {
  readonly modes: Modes;
  readonly approvals: Approvals;
  readonly watching: Watching | undefined;
  #held: Held | undefined;
  #released = new Set<() => void>();
  #abort = new AbortController();

  constructor(private readonly parts: ControlParts) {
    this.modes = new Modes(parts.system);
    this.approvals = new Approvals(parts);
    this.watching = parts.watching;
  }

  get held(): Held | undefined {
    return this.#held;
  }

  /** Aborts when the migrations that run are to be aborted, as `hold --abort` tells; each migration asks for it anew. */
  get aborting(): AbortSignal {
    return this.#abort.signal;
  }

  summary(): ControlSummary | undefined {
    const pending = this.approvals.pending.length;
    if (!this.#held && pending === 0 && !this.watching) return undefined;
    const { at, by, reason } = this.#held ?? {};
    return {
      ...(at === undefined || by === undefined
        ? {}
        : { held: { at, by, ...(reason === undefined ? {} : { reason }) } }),
      pending,
      ...(this.watching ? { watching: this.watching } : {}),
    };
  }

  /**
   * The kill switch: from now on no effect begins that no administrator told. Running migrations go on, or with `abort` are
   * aborted; procedures wait before their next effect; decisions are told and not carried out. Again while held: the
   * reason is replaced.
   */
  hold({ by, reason, abort }: { readonly by: string; readonly reason?: string; readonly abort?: boolean }): string {
    const why = reason === undefined || reason === '' ? '' : `: ${cut(reason)}`;
    const also = abort === true ? ', and migrations that run are aborted' : '';
    const text = `all is held by ${by}${why}; nothing is begun any more${also}`;
    const { id, at } = this.#tell(text, { command: 'hold', by, ...(reason ? { reason: cut(reason) } : {}), abort });
    this.#held = { at, by, entry: id, ...(reason === undefined || reason === '' ? {} : { reason: cut(reason) }) };
    if (abort === true) {
      const aborted = this.#abort;
      this.#abort = new AbortController();
      aborted.abort(new AttituneError('migration-aborted', `It was aborted by ${by}, who holds all.`));
    }
    this.parts.changed();
    return text;
  }

  /** Ends {@link hold}; what waits goes on, where it still fits. Throws `illegal-life-cycle` where nothing is held. */
  resume({ by }: { readonly by: string }): string {
    const held = this.#held;
    if (!held) throw new AttituneError('illegal-life-cycle', 'Nothing is held: there is nothing to resume.');
    const text = `${by} resumes; it was held by ${held.by} since ${new Date(held.at).toISOString()}`;
    this.#tell(text, { command: 'resume', by }, held.entry);
    this.#held = undefined;
    const waiting = this.#released;
    this.#released = new Set();
    for (const release of waiting) release();
    this.parts.changed();
    return text;
  }

  /** Resolves once nothing is held; rejects where `signal` aborts. */
  async whenReleased(signal: AbortSignal): Promise<void> {
    while (this.#held) {
      await new Promise<void>((resolve, reject) => {
        const onAbort = () => {
          this.#released.delete(release);
          reject(signal.reason as Error);
        };
        const release = () => {
          signal.removeEventListener('abort', onAbort);
          resolve();
        };
        this.#released.add(release);
        if (signal.aborted) onAbort();
        else signal.addEventListener('abort', onAbort, { once: true });
      });
    }
  }

  /** Throws `value` where there is no such question. */
  answer(id: number, approved: boolean, by: string): string {
    const { what } = this.approvals.answer(id, { approved, by });
    return `${what}: ${approved ? 'approved' : 'declined'}`;
  }

  /** The mode of a component, a host, all instances of a class, or a diagram. Throws `value` or `unknown-component`. */
  setMode(name: string, mode: string, by: string): string {
    const { system, diagrams } = this.parts;
    const known = CONTROL_MODES.find((candidate) => candidate === mode);
    if (!known) throw new AttituneError('value', `"${mode}" is no mode; it is ${CONTROL_MODES.join(', ')}.`);
    const isClass = system.deployment.classes.some((one) => one.name === name);
    const components = system.has(name) ? [system.component(name)] : isClass ? system.instances(name) : [];
    const isDiagram = components.length === 0 && diagrams().includes(name);
    if (components.length === 0 && !isDiagram) {
      const names = [...system.components.map((one) => one.name), ...diagrams()];
      throw new AttituneError(
        'unknown-component',
        `${system.deployment.name} has no component and no diagram "${cut(name)}".${suggest(cut(name), names)}`,
      );
    }
    for (const component of components) component.setAttribute(MODE_ATTRIBUTE, known);
    if (isDiagram) this.modes.setDiagram(name, known);
    const text = `the mode of ${isDiagram ? 'the diagram ' : ''}${name} is ${known} now, says ${by}`;
    this.#tell(text, { command: 'mode', by, name, mode: known });
    this.parts.changed();
    return text;
  }

  /** Whether a host takes VMs. Throws `unknown-host`. */
  setMaintenance(host: string, on: boolean, by: string): string {
    const { system } = this.parts;
    if (!system.has(host) || system.component(host).kind !== 'host') {
      const hosts = system.components.filter(({ kind }) => kind === 'host').map(({ name }) => name);
      throw new AttituneError(
        'unknown-host',
        `${system.deployment.name} has no host "${cut(host)}".${suggest(cut(host), hosts)}`,
      );
    }
    system.component(host).setAttribute(MAINTENANCE.attribute, on ? MAINTENANCE.value : 'no');
    const text = on ? `${host} is in maintenance and takes no VMs` : `${host} takes VMs again`;
    this.#tell(`${text}, says ${by}`, { command: on ? 'drain' : 'resume-host', by, host });
    this.parts.changed();
    return text;
  }

  toJSON(): ControlState {
    return {
      ...(this.#held ? { held: this.#held } : {}),
      modes: this.modes.toJSON(),
      asked: this.approvals.toJSON(),
    };
  }

  /** Takes up what a former manager knew. */
  restore(stored: Partial<ControlState>): void {
    this.#held = stored.held;
    this.modes.restore(stored.modes ?? {});
    this.approvals.restore(stored.asked ?? []);
  }

  #tell(text: string, data: Readonly<Record<string, unknown>>, cause?: number) {
    return this.parts.journal.append('control', this.parts.system.deployment.name, text, { cause, data });
  }
}

function cut(text: string): string {
  return text.slice(0, LONGEST_WORD);
}
