import type { Constraint, DeploymentDiagram } from '../../model/deployment.js';
import type { SystemRepresentation } from '../../model/system-representation.js';

/**
 * VMs stay on hosts of the family that their class is deployed on: one hard `pin` for each class of VMs, where there are
 * hosts of several families.
 */
export function familyPins(system: SystemRepresentation): readonly Constraint[] {
  const { classes, hostFamilies }: DeploymentDiagram = system.deployment;
  if (hostFamilies.length < 2) return [];
  return classes.flatMap(({ name, hosts, place }): Constraint[] => {
    const family = hostFamilies.find((one) => one.name === hosts);
    if (!family || family.hosts.length === 0 || system.kindOf(name) !== 'vm') return [];
    const on = family.hosts.map((host) => host.name).join(' ');
    return [{ type: 'pin', of: name, on, strength: 'hard', place }];
  });
}
