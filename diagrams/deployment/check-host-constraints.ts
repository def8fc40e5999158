import type { Constraint, DeploymentDiagram } from '../../core/model/deployment.js';
import { told } from './told.js';

/** Tells a contradiction at the later of the two constraints; each constraint once. */
export type Tell = (constraint: Constraint, message: string) => void;

/** How many hosts are to be on against how many there are, and against each other. */
export function checkHostConstraints(deployment: DeploymentDiagram, hard: readonly Constraint[], tell: Tell): void {
  const online = hard.filter(({ type }) => type === 'online');
  online.forEach((constraint, at) => {
    const { of, least = 0, most = Infinity, place } = constraint;
    const family = deployment.hostFamilies.find(({ name }) => name === of);
    const count = family ? family.hosts.length : 1;
    if (least > count) {
      tell(
        constraint,
        `at least ${least} hosts of ${of} are to be on, and there ${count === 1 ? 'is 1' : `are ${count}`}. Lower least, add hosts, or make it soft.`,
      );
    } else if (least > most) {
      tell(
        constraint,
        `at least ${least} hosts of ${of} are to be on, and at most ${most}. Lower least, or raise most.`,
      );
    }
    for (const other of online.slice(0, at)) {
      if (other.of !== of || (least <= (other.most ?? Infinity) && (other.least ?? 0) <= most)) continue;
      tell(
        constraint,
        `the hosts of ${of} that are to be on contradict those ${told(other.place, place)}. Keep one of the two, or make one soft.`,
      );
    }
  });
}
