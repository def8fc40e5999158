import type { DeploymentDiagram } from '../model/deployment.js';

/** True for a deployment of software alone, which runs on this machine itself. */
export function isLocal({ hostFamilies }: DeploymentDiagram): boolean {
  return hostFamilies.length > 0 && hostFamilies.every(({ hypervisor }) => hypervisor === 'none');
}
