import type { DeploymentDiagram } from '../../model/deployment.js';
import { parseRatio } from '../../model/quantity.js';

/** The limits that a deployment's detectors set to the CPU of its hosts, as fractions, lowest first. */
export function cpuLimits(deployment: DeploymentDiagram): readonly number[] {
  return limitsOf(deployment, ['above', 'below']);
}

/** The limit above which a host is overloaded: the lowest `above`; none where no detector has one. */
export function cpuLimitOf(deployment: DeploymentDiagram): { readonly cpuLimit?: number } {
  const [lowest] = limitsOf(deployment, ['above']);
  return lowest === undefined ? {} : { cpuLimit: lowest };
}

function limitsOf({ probes, hostFamilies }: DeploymentDiagram, sides: readonly ('above' | 'below')[]) {
  const families = new Set(hostFamilies.map(({ name }) => name));
  const limits = probes
    .filter(({ measure, of }) => measure === 'cpu' && families.has(of))
    .flatMap(({ detectors, place }) =>
      detectors.flatMap(({ parameters }) =>
        sides.flatMap((side) => {
          const text = parameters[side];
          return text === undefined ? [] : [parseRatio(text, place)];
        }),
      ),
    );
  return [...new Set(limits)].sort((a, b) => a - b);
}
