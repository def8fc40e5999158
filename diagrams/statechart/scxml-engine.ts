import path from 'node:path';
import type { InspectionEvent } from 'xstate';
import type {
  Diagram,
  DiagramEngine,
  DiagramState,
  SessionCheckpoint,
  SessionEnvironment,
} from '../../core/model/diagram.js';
import { AttituneError } from '../../core/model/errors.js';
import { readTextFile } from '../../core/xml/index.js';
import type { Chart, StateNode } from './chart/chart.js';
import { isMemoryless } from './chart/memoryless.js';
import { blocksOf, chartsOf, sendsOf, stepsOf } from './chart/walk.js';
import { compileProgram, isVariable } from './ecmascript/program.js';
import type { Program } from './ecmascript/program.js';
import { BasicHttp } from './http/basic-http.js';
import type { BasicHttpOptions } from './http/basic-http.js';
import type { SessionsRecord } from './persistence/session-record.js';
import { readChart } from './reading/read-chart.js';
import { ChartSession } from './running/chart-session.js';
import { invokedDocument } from './running/invoked-document.js';
import type { Receiver, SessionHost } from './running/session-host.js';

/** A diagram that was read from SCXML. */
export interface ScxmlDiagram extends Diagram {
  readonly chart: Chart;
}

export interface ScxmlEngineOptions {
  /** How long one expression or script may run. 1000 unless told. */
  readonly timeLimitMs?: number;
  /** Microsteps that one event may lead to. 10,000 unless told. */
  readonly mostMicrosteps?: number;
  /** What becomes of an `error.*` that meets no transition: it fails the session (a procedure is a transaction), or is ignored as in the standard. */
  readonly unhandledErrors?: 'fail' | 'ignore';
  /** What becomes of an expression that cannot be parsed: the file is wrong (`reject`), or it fails when it is evaluated (`raise`); SCXML 5.9 allows both. */
  readonly illegalExpressions?: 'reject' | 'raise';
  /** XState's inspector, for every session. */
  readonly inspect?: (event: InspectionEvent) => void;
}

/** Reads SCXML files and runs them as XState actors; see this folder's README for what holds. */
export class ScxmlEngine implements DiagramEngine {
  readonly #options: ScxmlEngineOptions;
  readonly #host: SessionHost;
  readonly #sessions = new Map<string, Receiver>();
  #http: BasicHttp | undefined;
  readonly #programs = new WeakMap<Chart, Map<string, Program>>();

  constructor(options: ScxmlEngineOptions = {}) {
    this.#options = options;
    const { timeLimitMs = 1000, mostMicrosteps = 10_000, unhandledErrors = 'fail', inspect } = options;
    const http = () => this.#http;
    this.#host = {
      options: { timeLimitMs, mostMicrosteps, unhandledErrors, inspect },
      sessions: this.#sessions,
      get http() {
        return http();
      },
      program: (chart, names) => this.#program(chart, names),
      document: (source, parent) => invokedDocument(source, parent, options),
    };
  }

  /** Reads a file. All that is wrong with it comes back at once, ordered by place; a missing file as `file-not-found`. */
  read(file: string): { readonly diagram?: ScxmlDiagram; readonly errors: readonly AttituneError[] } {
    try {
      return this.readText(readTextFile(file), path.resolve(file));
    } catch (error) {
      return { errors: [AttituneError.from(error)] };
    }
  }

  /** As {@link read}, of a text; `file` is what errors name. */
  readText(text: string, file: string): { readonly diagram?: ScxmlDiagram; readonly errors: readonly AttituneError[] } {
    try {
      const { chart, errors } = readChart(text, file, this.#options);
      return chart ? { diagram: describe(chart), errors } : { errors };
    } catch (error) {
      return { errors: [AttituneError.from(error)] };
    }
  }

  /** Starts a session. It never throws for what the diagram does: `done` tells. */
  start(diagram: Diagram, environment: SessionEnvironment): ChartSession {
    const session = this.#session(diagram, environment);
    session.begin();
    return session;
  }

  /**
   * Opens the Basic HTTP Event I/O Processor for sessions that are started from now on. It listens on the loopback
   * interface unless told otherwise, and takes events from everybody who reaches it. Close it with {@link closeHttp}.
   */
  async openHttp(options: BasicHttpOptions = {}): Promise<BasicHttp> {
    await this.closeHttp();
    this.#http = await BasicHttp.open(this.#sessions, options);
    return this.#http;
  }

  async closeHttp(): Promise<void> {
    const open = this.#http;
    this.#http = undefined;
    await open?.close();
  }

  /**
   * Takes a session up where its last checkpoint left it. Timers fire at their due time, or at once, in order, where
   * that is past; pending operations are called again. Throws `diagram-changed` where the diagram is another one and
   * its author gave no `<at:migration>` for it, or the checkpoint is of another version of this program.
   */
  resume(diagram: Diagram, checkpoint: SessionCheckpoint, environment: SessionEnvironment): ChartSession {
    const session = this.#session(diagram, environment);
    // a record may come from another version of the program
    if ((checkpoint.format as number) !== 1) {
      const message = `session ${environment.id} was kept in format ${checkpoint.format as number}, which this version cannot read.`;
      throw new AttituneError('diagram-changed', message);
    }
    try {
      session.resume(checkpoint.state as SessionsRecord);
    } catch (error) {
      throw AttituneError.from(error, 'store', `the checkpoint of session ${environment.id} cannot be read`);
    }
    return session;
  }

  #session(diagram: Diagram, environment: SessionEnvironment): ChartSession {
    if (!isScxmlDiagram(diagram)) {
      throw new AttituneError('internal', `"${diagram.name}" was not read by this engine, so it cannot run it.`);
    }
    return new ChartSession({ host: this.#host, chart: diagram.chart, environment });
  }

  #program(chart: Chart, names: readonly string[]): Program {
    const variables = names.filter(isVariable).sort();
    const key = variables.join(' ');
    const programs = this.#programs.get(chart) ?? new Map<string, Program>();
    this.#programs.set(chart, programs);
    const program = programs.get(key) ?? compileProgram(chart, variables);
    programs.set(key, program);
    return program;
  }
}

/** True for a diagram that an {@link ScxmlEngine} read. */
export function isScxmlDiagram(diagram: Diagram): diagram is ScxmlDiagram {
  return 'chart' in diagram;
}

function describe(chart: Chart): ScxmlDiagram {
  const all = chartsOf(chart);
  const authored = chart.states.filter((state) => state.authored);
  return {
    name: chart.name,
    file: chart.file,
    hash: chart.hash,
    chart,
    states: authored.map(describeState),
    calls: all.flatMap(({ states }) =>
      states.flatMap(({ invokes }) =>
        invokes.flatMap(({ type, src, id, params, place }) => {
          const call = { params: params.map(({ name }) => name), place, ...(id === undefined ? {} : { invokeId: id }) };
          if (type !== 'attitune' && (type === undefined || typeof type === 'string')) return [];
          // what is computed while the diagram runs may be any operation
          return [{ src: typeof type === 'string' && typeof src === 'string' ? src : '', ...call }];
        }),
      ),
    ),
    hears: [...new Set(chart.transitions.flatMap(({ events }) => events))],
    raises: [
      ...new Set(
        all
          .flatMap(sendsOf)
          .flatMap(({ type, event }) => (type === 'attitune' && typeof event === 'string' ? [event] : [])),
      ),
    ],
    sets: [
      ...new Set(
        all
          .flatMap(blocksOf)
          .flatMap(stepsOf)
          .flatMap((step) => (step.kind === 'set' ? [step.path] : [])),
      ),
    ],
    memoryless: isMemoryless(chart),
    constants: Object.fromEntries(chart.data.flatMap(({ id, expr }) => textLiteral(id, expr?.text))),
  };
}

/** The entry of a variable that begins as a text without escapes. */
function textLiteral(id: string, text: string | undefined): readonly (readonly [string, string])[] {
  const [, , value] = /^\s*(['"])([^'"\\]*)\1\s*$/.exec(text ?? '') ?? [];
  return value === undefined ? [] : [[id, value]];
}

function describeState({ id, kind, parent }: StateNode): DiagramState {
  const shown = kind === 'scxml' ? 'compound' : kind;
  return { id, kind: shown, ...(parent?.authored === true ? { parent: parent.id } : {}) };
}
