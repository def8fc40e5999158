import type { Cluster } from '../cluster.js';
import type { GanetiFile } from './read-ganeti.js';
import type { Row } from './rows.js';

const [NODES, INSTANCES] = [1, 2];
const [FREE_MEMORY, PRIMARY, SECONDARY] = [3, 6, 7];

/**
 * The text of a cluster that was read by `readGaneti`, with its instances where they are in `after`: only their nodes and
 * the free memory of nodes differ. An instance that goes to its secondary node has its former one as its secondary
 * afterwards.
 */
export function writeGaneti({ sections }: GanetiFile, after: Cluster): string {
  const vms = new Map(after.vms.map((vm) => [vm.name, vm]));
  const freed = new Map<string, number>();
  const instances = (sections[INSTANCES] ?? []).map((row) => {
    const [name = ''] = row.fields;
    const [primary = '', secondary = ''] = [row.fields[PRIMARY], row.fields[SECONDARY]];
    const vm = vms.get(name);
    if (!vm || vm.host === primary) return row;
    freed.set(primary, (freed.get(primary) ?? 0) + vm.memoryMiB);
    freed.set(vm.host, (freed.get(vm.host) ?? 0) - vm.memoryMiB);
    return changed(row, { [PRIMARY]: vm.host, [SECONDARY]: secondary === vm.host ? primary : secondary });
  });
  const nodes = (sections[NODES] ?? []).map((row) => {
    const change = freed.get(row.fields[0] ?? '') ?? 0;
    const free = Number(row.fields[FREE_MEMORY]);
    // of a node that tells nothing there is no memory to count
    return change === 0 || Number.isNaN(free) ? row : changed(row, { [FREE_MEMORY]: String(free + change) });
  });
  return sections
    .map((rows, index) => (index === NODES ? nodes : index === INSTANCES ? instances : rows))
    .map((rows) => rows.map(({ fields }) => `${fields.join('|')}\n`).join(''))
    .join('\n');
}

function changed(row: Row, fields: Readonly<Record<number, string>>): Row {
  return { ...row, fields: row.fields.map((field, index) => fields[index] ?? field) };
}
