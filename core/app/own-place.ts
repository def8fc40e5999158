import type { DeploymentDiagram } from '../model/deployment.js';

/** What a deployment runs on where nothing else is asked for: this machine itself, libvirt hosts, or simulated ones. */
export type OwnPlace = 'local' | 'libvirt' | 'simulated';

const PLACES: Readonly<Record<string, OwnPlace>> = { none: 'local', libvirt: 'libvirt' };

/** By the hypervisor that all its families have; families of different ones are only simulated together. */
export function ownPlace({ hostFamilies }: DeploymentDiagram): OwnPlace {
  const [kind = '', ...others] = new Set(hostFamilies.map(({ hypervisor }) => hypervisor));
  return others.length === 0 && Object.hasOwn(PLACES, kind) ? (PLACES[kind] ?? 'simulated') : 'simulated';
}
