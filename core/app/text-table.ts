import { stripVTControlCharacters } from 'node:util';
import Table from 'cli-table3';
import pc from 'picocolors';

/** A column is not made narrower than this, however narrow the terminal is. */
const LEAST_WIDTH = 24;
/** A cell has a blank on either side, and a line follows it. */
const BESIDE = 3;

/** A table for people, with a bold head. In a terminal of `columns` that is too narrow for it the last column is wrapped. */
export function textTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  columns: number | undefined = process.stdout.columns,
): string {
  const last = lastWidth([head, ...rows], columns);
  const table = new Table({
    head: head.map((text) => pc.bold(text)),
    style: { head: [], border: [], compact: true },
    ...(last === undefined ? {} : { colWidths: [...head.slice(1).map(() => null), last], wordWrap: true }),
  });
  table.push(...rows.map((row) => [...row]));
  return table.toString();
}

/** With its blanks; `undefined` where all fits as it is. */
function lastWidth(rows: readonly (readonly string[])[], columns: number | undefined): number | undefined {
  if (columns === undefined || columns <= 0) return undefined;
  const widths = (rows[0] ?? []).map((_, index) =>
    Math.max(...rows.flatMap((row) => (row[index] ?? '').split('\n').map((line) => widthOf(line)))),
  );
  const others = widths.slice(0, -1).reduce((sum, width) => sum + width + BESIDE, 1);
  const wanted = (widths.at(-1) ?? 0) + BESIDE;
  return others + wanted <= columns ? undefined : Math.max(LEAST_WIDTH, columns - others - 1);
}

function widthOf(text: string): number {
  return stripVTControlCharacters(text).length;
}
