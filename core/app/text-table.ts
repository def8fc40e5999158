import Table from 'cli-table3';
import pc from 'picocolors';

/** A table for people, with a bold head. */
export function textTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const table = new Table({ head: head.map((text) => pc.bold(text)), style: { head: [], border: [], compact: true } });
  table.push(...rows.map((row) => [...row]));
  return table.toString();
}
