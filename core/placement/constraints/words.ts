import type { Constraint } from '../../model/deployment.js';
import { hostsNamed } from './members.js';

/** `a`, `a and b`, `a, b and c`. */
export function listed(names: readonly string[], last = 'and'): string {
  const [tail, ...rest] = [...names].reverse();
  return rest.length === 0 ? (tail ?? '') : `${rest.reverse().join(', ')} ${last} ${tail ?? ''}`;
}

/** What a constraint is called in rejections: `spread of Web`, `pin of db to h1 or h2`. */
export function constraintName(constraint: Constraint): string {
  const { type, of, least, most } = constraint;
  const hosts = listed(hostsNamed(constraint), 'or');
  const amount = [
    ...(least === undefined ? [] : [`at least ${least}`]),
    ...(most === undefined ? [] : [`at most ${most}`]),
  ].join(' and ');
  const names: Readonly<Record<Constraint['type'], string>> = {
    spread: `spread of ${of}${most === undefined || most === 1 ? '' : `, at most ${most} on one host`}`,
    gather: `gather of ${of}`,
    pin: `pin of ${of} to ${hosts}`,
    ban: `ban of ${of} from ${hosts}`,
    reserve: `reserve of ${of}`,
    online: `online of ${of}, ${amount}`,
  };
  return names[type];
}

/** `512 MiB`, without a fraction that nobody needs. */
export function mib(amount: number): string {
  return `${Math.floor(amount + 1e-6)} MiB`;
}

/** CPUs with two digits at most: `0.25 CPUs`, `1 CPU`. */
export function cpus(amount: number): string {
  const rounded = Math.round(amount * 100) / 100;
  return `${rounded} ${rounded === 1 ? 'CPU' : 'CPUs'}`;
}
