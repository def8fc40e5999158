import { SimulatedClock } from '../../../core/model/clock.js';
import type {
  Diagram,
  DiagramEngine,
  DiagramSession,
  OperationCall,
  SessionCheckpoint,
  SessionResult,
} from '../../../core/model/diagram.js';

/** How operations answer: data, or an error that is thrown. */
export type Answer = (call: OperationCall) => Promise<unknown>;

/** A session of any engine, with what it did to the world. */
export interface Recorded {
  readonly session: DiagramSession;
  readonly calls: OperationCall[];
  readonly assigned: (readonly [string, unknown])[];
  readonly emitted: unknown[];
  readonly checkpoints: SessionCheckpoint[];
  readonly configurations: (readonly string[])[];
  result(): SessionResult | undefined;
}

export interface RecordOptions {
  readonly clock: SimulatedClock;
  readonly answer: Answer;
  readonly data?: Readonly<Record<string, unknown>>;
  readonly from?: SessionCheckpoint | undefined;
}

/** Starts (or takes up) a session and writes everything down that it asks of the world. */
export async function record(engine: DiagramEngine, diagram: Diagram, options: RecordOptions): Promise<Recorded> {
  const { clock, answer, from } = options;
  const calls: OperationCall[] = [];
  const assigned: (readonly [string, unknown])[] = [];
  const emitted: unknown[] = [];
  const checkpoints: SessionCheckpoint[] = [];
  const configurations: (readonly string[])[] = [];
  let result: SessionResult | undefined;
  const environment = {
    id: 's1',
    clock,
    data: options.data ?? { this: null, arg: null, event: null },
    invoke: (call: OperationCall) => {
      calls.push(call);
      return answer(call);
    },
    emit: (event: unknown) => void emitted.push(event),
    assign: (path: string, value: unknown) => void assigned.push([path, value]),
    onStep: ({ configuration }: { configuration: readonly string[] }) => void configurations.push(configuration),
    onLog: () => undefined,
    onCheckpoint: (checkpoint: SessionCheckpoint) =>
      void checkpoints.push(JSON.parse(JSON.stringify(checkpoint)) as SessionCheckpoint),
  };
  const session = from ? engine.resume(diagram, from, environment) : engine.start(diagram, environment);
  void session.done.then((ended) => (result = ended));
  await clock.advance(0);
  return { session, calls, assigned, emitted, checkpoints, configurations, result: () => result };
}

export const never: Answer = () => new Promise(() => undefined);
