import type { DeploymentDiagram } from '../../model/deployment.js';
import { parseRatio } from '../../model/quantity.js';

/** The limits that a deployment's detectors set to the CPU of its hosts, as fractions, lowest first. */
export function cpuLimits({ probes, hostFamilies }: DeploymentDiagram): readonly number[] {
  const families = new Set(hostFamilies.map(({ name }) => name));
  const limits = probes
    .filter(({ measure, of }) => measure === 'cpu' && families.has(of))
    .flatMap(({ detectors, place }) =>
      detectors.flatMap(({ parameters: { above, below } }) =>
        [above, below].flatMap((text) => (text === undefined ? [] : [parseRatio(text, place)])),
      ),
    );
  return [...new Set(limits)].sort((a, b) => a - b);
}
