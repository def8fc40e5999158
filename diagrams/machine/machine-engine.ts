import path from 'node:path';
import type { InspectionEvent } from 'xstate';
import type {
  Diagram,
  DiagramEngine,
  DiagramSession,
  SessionCheckpoint,
  SessionEnvironment,
} from '../../core/model/diagram.js';
import { AttituneError } from '../../core/model/errors.js';
import { loadMachine } from './load-machine.js';
import { describeMachine, isMachineDiagram, type MachineDiagram } from './machine-diagram.js';
import { MachineSession } from './machine-session.js';

export interface MachineEngineOptions {
  /** Packages that diagrams import although they are not installed beside them: name to file. */
  readonly alias?: Readonly<Record<string, string>>;
  /** XState's inspector, for every session. */
  readonly inspect?: (event: InspectionEvent) => void;
}

/** Runs diagrams that are written in TypeScript (`*.diagram.ts`) as machines of `setup().createMachine()`. */
export class MachineEngine implements DiagramEngine {
  constructor(private readonly options: MachineEngineOptions = {}) {}

  read(file: string): { readonly diagram?: MachineDiagram; readonly errors: readonly AttituneError[] } {
    try {
      const { machine, name, hash } = loadMachine(file, this.options.alias ?? {});
      return { diagram: describeMachine(machine, name, path.resolve(file), hash), errors: [] };
    } catch (error) {
      return { errors: [AttituneError.from(error)] };
    }
  }

  start(diagram: Diagram, environment: SessionEnvironment): DiagramSession {
    return this.#session(diagram, environment);
  }

  resume(diagram: Diagram, checkpoint: SessionCheckpoint, environment: SessionEnvironment): DiagramSession {
    if (isMachineDiagram(diagram) && checkpoint.diagramHash !== diagram.hash) {
      throw new AttituneError(
        'diagram-changed',
        `"${diagram.name}" was changed while a session of it was interrupted in ${checkpoint.configuration.join(', ')}. Put the former file back, or forget the session.`,
        { place: { file: diagram.file, line: 1, column: 1 } },
      );
    }
    return this.#session(diagram, environment, checkpoint);
  }

  #session(diagram: Diagram, environment: SessionEnvironment, from?: SessionCheckpoint): DiagramSession {
    if (!isMachineDiagram(diagram)) {
      throw new AttituneError('internal', `"${diagram.name}" was not read by this engine, so it cannot run it.`);
    }
    return new MachineSession(diagram, environment, { inspect: this.options.inspect }, from);
  }
}
