import type { ComponentClass, DeploymentDiagram } from '../model/deployment.js';
import type { WrapperRegistry } from '../model/wrapper.js';

/** The attribute of a VM that names the packages its image has besides its own. */
const ATTRIBUTE = 'packages';

/**
 * The deployment with each VM class given, in its attribute `packages`, the Debian packages that the classes inside it
 * need, behind those that stand there. So an image with nothing in it is enough.
 */
export function withPackages(deployment: DeploymentDiagram, wrappers: WrapperRegistry): DeploymentDiagram {
  const classes = deployment.classes.map((description): ComponentClass => {
    const wrapper = wrappers.get(description.wrapper);
    if (!wrapper?.isNode || !wrapper.attributes.some(({ name }) => name === ATTRIBUTE)) return description;
    const own = (description.attributes[ATTRIBUTE] ?? '').split(/[\s,]+/).filter(Boolean);
    const names = new Set([...own, ...packagesInside(description.name, deployment, wrappers)]);
    if (names.size === own.length) return description;
    return { ...description, attributes: { ...description.attributes, [ATTRIBUTE]: [...names].join(' ') } };
  });
  return { ...deployment, classes };
}

/** Of the classes inside that one, and of what is inside those. */
function packagesInside(name: string, deployment: DeploymentDiagram, wrappers: WrapperRegistry): readonly string[] {
  return deployment.classes
    .filter(({ inside }) => inside === name)
    .flatMap((inner) => [
      ...(wrappers.get(inner.wrapper)?.packages ?? []),
      ...packagesInside(inner.name, deployment, wrappers),
    ]);
}
