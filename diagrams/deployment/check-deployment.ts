import type { DeploymentDiagram } from '../../core/model/deployment.js';
import type { XmlElement } from '../../core/xml/index.js';
import type { Collector } from '../collect.js';
import { checkCardinalities } from './check-cardinalities.js';
import { checkConstraints } from './check-constraints.js';
import { checkNames } from './check-names.js';
import { checkInstances } from './check-instances.js';
import { checkReferences } from './check-references.js';
import { checkModes } from './modes.js';
import { checkPeers } from './peers.js';

/**
 * What the grammar cannot say: names that are used twice or point nowhere, cardinalities that cannot be met, and
 * constraints that contradict each other.
 */
export function checkDeployment(deployment: DeploymentDiagram, root: XmlElement, collector: Collector): void {
  checkNames(root, collector);
  checkReferences(deployment, root, collector);
  checkInstances(deployment, root, collector);
  checkPeers(root, collector);
  checkModes(root, collector);
  // with a wrong name or number, what follows from it would be told as well
  if (collector.errors.length > 0) return;
  checkCardinalities(deployment, root, collector);
  checkConstraints(deployment, root, collector);
}
