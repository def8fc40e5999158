import { APPROVAL_WITHIN_MS, type ControlMode, type DiagramUse, type PolicyUse } from '../../model/deployment.js';

/** What bounds the effects of one session. */
export interface SessionControl {
  /** Name of the diagram. */
  readonly diagram: string;
  readonly mode: ControlMode;
  /** How long it waits for an administrator's answer. */
  readonly approveWithinMs: number;
  /** True for what an administrator told to be done: start, stop, and procedures of `operator.NAME`. Nothing bounds it. */
  readonly own: boolean;
}

/** Of a use of a diagram in a deployment. */
export function controlOf(
  diagram: string,
  use: Pick<DiagramUse | PolicyUse, 'mode' | 'approveWithinMs'>,
  own: boolean,
): SessionControl {
  const { mode = 'automatic', approveWithinMs = APPROVAL_WITHIN_MS } = use;
  return { diagram, mode, approveWithinMs, own };
}
