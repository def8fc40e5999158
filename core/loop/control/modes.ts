import { CONTROL_MODES, MODE_ATTRIBUTE, type ControlMode } from '../../model/deployment.js';
import type { SystemRepresentation } from '../../model/system-representation.js';

/** The strictest mode of all that is concerned, and what asks for it. */
export interface Bound {
  readonly mode: ControlMode;
  /** `the mode of host1 is approve`; empty where nothing is bounded. */
  readonly because: string;
}

/** What bounds effects on components: their own mode, and that of what they stand on. */
export class Modes {
  /** Modes of diagrams that administrators set while the system runs, by name. */
  #diagrams: Readonly<Record<string, ControlMode>> = {};

  constructor(private readonly system: SystemRepresentation) {}

  /** The strictest of a diagram's mode and those of components and classes; names that are neither bound nothing. */
  strictest(diagram: string, mode: ControlMode, names: readonly string[]): Bound {
    const own = this.ofDiagram(diagram, mode);
    let bound: Bound = {
      mode: own,
      because: own === 'automatic' ? '' : `the mode of the diagram ${diagram} is ${own}`,
    };
    for (const name of new Set(names)) {
      const [subject, found] = this.#of(name) ?? [];
      if (found === undefined || CONTROL_MODES.indexOf(found) >= CONTROL_MODES.indexOf(bound.mode)) continue;
      bound = { mode: found, because: `the mode of ${subject ?? name} is ${found}` };
    }
    return bound;
  }

  ofDiagram(diagram: string, mode: ControlMode): ControlMode {
    return Object.hasOwn(this.#diagrams, diagram) ? (this.#diagrams[diagram] ?? mode) : mode;
  }

  setDiagram(diagram: string, mode: ControlMode): void {
    this.#diagrams = { ...this.#diagrams, [diagram]: mode };
  }

  /** Of a component: the strictest of its own and of the nodes that it stands on, with the one it is of. */
  #of(name: string): readonly [string, ControlMode] | undefined {
    if (!this.system.has(name)) {
      const attributes = this.system.deployment.classes.find((one) => one.name === name)?.attributes;
      const mode = modeIn(attributes?.[MODE_ATTRIBUTE]);
      return mode && [name, mode];
    }
    let strictest: readonly [string, ControlMode] | undefined;
    for (let at = this.system.component(name); ;) {
      const mode = modeIn(at.attributes.get(MODE_ATTRIBUTE));
      if (mode && (!strictest || CONTROL_MODES.indexOf(mode) < CONTROL_MODES.indexOf(strictest[1])))
        strictest = [at.name, mode];
      const node = this.system.nodeOf(at);
      if (!node) return strictest;
      at = node;
    }
  }

  toJSON(): Readonly<Record<string, ControlMode>> {
    return this.#diagrams;
  }

  restore(stored: Readonly<Record<string, ControlMode>>): void {
    this.#diagrams = stored;
  }
}

/** A text that is no mode bounds as much as any can: somebody wanted to bound it. */
function modeIn(text: string | undefined): ControlMode | undefined {
  if (text === undefined || text === '') return undefined;
  return CONTROL_MODES.find((mode) => mode === text) ?? 'recommend';
}
