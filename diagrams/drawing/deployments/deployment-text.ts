import type {
  ComponentClass,
  DetectorUse,
  DeploymentDiagram,
  HostFamily,
  ProbeUse,
} from '../../../core/model/deployment.js';
import type { Line } from '../scene.js';

/** More hosts than these are counted; the tooltip names all. */
const MOST_HOSTS = 8;

/** Attributes and constraints of a class, the latter in braces as in UML. */
export function classLines(deployment: DeploymentDiagram, { name, attributes }: ComponentClass): Line[] {
  return [
    ...Object.entries(attributes).map(([key, value]) => ({ text: `${key} = ${value}` })),
    ...constraintTexts(deployment, name).map((text) => ({ text })),
  ];
}

export function hostLines(deployment: DeploymentDiagram, family: HostFamily): { shown: string[]; all: string[] } {
  const all = family.hosts.map(({ name, uri, attributes }) => {
    const given = Object.entries(attributes).map(([key, value]) => `${key} = ${value}`);
    return [`${name}  ${uri}`, ...given].join(', ');
  });
  const constraints = constraintTexts(deployment, family.name);
  const rest = all.length - MOST_HOSTS;
  const shown = rest > 1 ? [...all.slice(0, MOST_HOSTS), `and ${rest} more hosts`] : all;
  return { shown: [...shown, ...constraints], all: [...all, ...constraints] };
}

function constraintTexts({ constraints }: DeploymentDiagram, name: string): string[] {
  return constraints
    .filter(({ of }) => of === name)
    .map(
      ({ type, on, strength }) =>
        `{${type}${on === undefined ? '' : ` on ${on}`}${strength === 'soft' ? ', soft' : ''}}`,
    );
}

export function probeTitle({ measure, of, everyMs, parameters }: ProbeUse): string {
  const every = everyMs >= 1000 ? `${everyMs / 1000} s` : `${everyMs} ms`;
  return [`${measure} of ${of} every ${every}`, ...assignments(parameters)].join(', ');
}

export function detectorLine({ type, raise, parameters }: DetectorUse): Line {
  return {
    text: `${[type, ...Object.entries(parameters).map(([key, value]) => `${key} ${value}`)].join(', ')} → ${raise}`,
  };
}

export function parameterLines(parameters: Readonly<Record<string, string>>): Line[] {
  return assignments(parameters).map((text) => ({ text }));
}

function assignments(values: Readonly<Record<string, string>>): string[] {
  return Object.entries(values).map(([key, value]) => `${key} = ${value}`);
}
