import type { Diagram, DiagramEngine, SessionEnvironment, SessionResult } from '../model/diagram.js';

/** Runs a diagram of a peer that changes no component, to its end or until it is called off. Never rejects. */
export async function runPeerDiagram(
  engine: DiagramEngine,
  diagram: Diagram,
  signal: AbortSignal,
  environment: Pick<SessionEnvironment, 'id' | 'clock' | 'data' | 'invoke' | 'emit'>,
): Promise<SessionResult> {
  const nothing = () => undefined;
  const session = engine.start(diagram, { ...environment, assign: nothing, onStep: nothing, onLog: nothing });
  const stop = () => session.stop();
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  const result = await session.done;
  signal.removeEventListener('abort', stop);
  return result;
}
