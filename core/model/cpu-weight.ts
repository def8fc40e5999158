import { AttituneError } from './errors.js';

/** What cgroups of both versions take. `usual` stands for a domain that was given none. */
export const CPU_WEIGHTS = { least: 2, most: 10_000, usual: 100 } as const;

/** Throws `value` for what is no CPU weight. */
export function checkCpuWeight(domain: string, weight: number): void {
  const { least, most } = CPU_WEIGHTS;
  if (Number.isInteger(weight) && weight >= least && weight <= most) return;
  throw new AttituneError('value', `${domain} cannot have the CPU weight ${weight}: ${least} to ${most} are possible.`);
}
