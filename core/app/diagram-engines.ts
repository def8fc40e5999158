import { fileURLToPath } from 'node:url';
import type {
  Diagram,
  DiagramEngine,
  DiagramSession,
  SessionCheckpoint,
  SessionEnvironment,
} from '../model/diagram.js';
import { isMachineDiagram, MACHINE_FILE, MachineEngine } from '../../diagrams/machine/index.js';
import { ScxmlEngine } from '../../diagrams/statechart/index.js';

/** Every way in which a diagram can be written, told by the end of the file's name. */
export class DiagramEngines implements DiagramEngine {
  readonly #scxml: DiagramEngine;
  readonly #machines: DiagramEngine;

  constructor(scxml: DiagramEngine = new ScxmlEngine()) {
    this.#scxml = scxml;
    this.#machines = new MachineEngine({ alias: ownPackages() });
  }

  read(file: string): ReturnType<DiagramEngine['read']> {
    return MACHINE_FILE.test(file) ? this.#machines.read(file) : this.#scxml.read(file);
  }
  start(diagram: Diagram, environment: SessionEnvironment): DiagramSession {
    return this.#of(diagram).start(diagram, environment);
  }
  resume(diagram: Diagram, checkpoint: SessionCheckpoint, environment: SessionEnvironment): DiagramSession {
    return this.#of(diagram).resume(diagram, checkpoint, environment);
  }

  #of(diagram: Diagram): DiagramEngine {
    return isMachineDiagram(diagram) ? this.#machines : this.#scxml;
  }
}

/** A diagram may import these without having them installed beside it; it then gets the manager's own. */
function ownPackages(): Readonly<Record<string, string>> {
  return {
    attitune: fileURLToPath(new URL('./library.js', import.meta.url)),
    xstate: fileURLToPath(import.meta.resolve('xstate')),
  };
}
