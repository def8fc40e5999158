import type { Cluster } from '../cluster.js';
import { VERSION, VERSION_FIELD } from './schema.js';

/** A cluster as a JSON document that is easy to read and to compare: a host, a VM and a constraint has a line each. */
export function writeClusterDocument({ at, startedAt, hosts, vms, constraints, network, work }: Cluster): string {
  const fields: readonly (readonly [string, unknown])[] = [
    [VERSION_FIELD, VERSION],
    ['at', at],
    ['startedAt', startedAt],
    ['hosts', hosts],
    ['vms', vms],
    ['constraints', constraints],
    ['network', network],
    ['work', work],
  ];
  const lines = fields.flatMap(([name, value]) =>
    value === undefined
      ? []
      : [`  ${JSON.stringify(name)}: ${Array.isArray(value) ? listText(value) : JSON.stringify(value)}`],
  );
  return `{\n${lines.join(',\n')}\n}\n`;
}

function listText(items: readonly unknown[]): string {
  return items.length === 0
    ? '[]'
    : `[\n${items.map((item) => `    ${JSON.stringify(item, withoutPlace)}`).join(',\n')}\n  ]`;
}

/** Where a constraint was written is for those who read it there. */
function withoutPlace(name: string, value: unknown): unknown {
  return name === 'place' ? undefined : value;
}
