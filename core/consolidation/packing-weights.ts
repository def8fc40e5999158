/** What each size counts for; whatever fits on a host together counts for no more than 1. */
export type PackingWeights = ReadonlyMap<number, number>;

/** Combinations of more sizes than this are not looked at. */
const MOST_SIZES = 6;

/**
 * Weights of sizes by which no host holds more than 1, so that what all weigh together is the least number of hosts: one
 * divides what is on a host at will, and the others count that of some sizes only so many fit, where the rest is lost (dual
 * feasible functions; Lueker 1983).
 */
export function packingWeights(sizes: readonly number[], capacity: number): readonly PackingWeights[] {
  const different = [...new Set(sizes)].sort((a, b) => b - a);
  const divided = new Map(different.map((size) => [size, size / capacity]));
  if (different.length > MOST_SIZES) return [divided];
  const all: PackingWeights[] = [divided];
  for (let subset = 1; subset < 2 ** different.length; subset += 1) {
    const weights = different.map((size, bit) => ((subset >> bit) & 1 ? 1 / Math.floor(capacity / size) : 0));
    const most = heaviest(different, weights, capacity, 0);
    all.push(new Map(different.map((size, index) => [size, weights[index]! / most])));
  }
  return all;
}

/** The most that what fits into `room` can weigh, of the sizes from `index` on. */
function heaviest(sizes: readonly number[], weights: readonly number[], room: number, index: number): number {
  const size = sizes[index];
  if (size === undefined) return 0;
  let most = 0;
  for (let count = 0; count * size <= room; count += 1) {
    most = Math.max(most, count * weights[index]! + heaviest(sizes, weights, room - count * size, index + 1));
  }
  return most;
}
