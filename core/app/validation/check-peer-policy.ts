import { checkChart } from '../../../diagrams/statechart/checking/index.js';
import { isScxmlDiagram } from '../../../diagrams/statechart/index.js';
import type { PeerUse } from '../../model/deployment.js';
import type { Diagram } from '../../model/diagram.js';
import type { AttituneError } from '../../model/errors.js';
import { checkPeerPolicy, READINGS_EVENT } from '../../peers/policy.js';
import { unknownParameters } from './check-diagram-use.js';

/** Checks a diagram as the policy of a peer: as a chart, as a policy, and what the deployment sets of it. */
export function checkPolicyOfPeer(use: PeerUse, diagram: Diagram): AttituneError[] {
  const errors = [...unknownParameters(use, diagram), ...checkPeerPolicy(diagram, use.parameters)];
  if (!isScxmlDiagram(diagram)) return errors;
  return [...errors, ...checkChart(diagram.chart, { kind: 'policy', outside: [READINGS_EVENT] })];
}
