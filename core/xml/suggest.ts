/** Longer words are nobody's slip of the keyboard, and comparing them would take long. */
const LONGEST = 100;

/** The candidate nearest to `word` by edit distance, or `undefined` where none is near enough to be meant. */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  if (word.length > LONGEST) return undefined;
  const limit = Math.max(1, Math.floor(word.length / 3));
  let best: string | undefined;
  let bestDistance = limit + 1;
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - word.length) >= bestDistance) continue;
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase());
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/**
 * The end of a message about an unknown name: ` Did you mean "x"?`, or else the names there are, or nothing.
 * Starts with a space, so that it can be put behind the full stop.
 */
export function suggest(word: string, candidates: Iterable<string>): string {
  const names = [...candidates];
  const near = nearest(word, names);
  if (near !== undefined) return ` Did you mean "${near}"?`;
  if (names.length === 0) return '';
  const shown = names.slice(0, 12).join(', ');
  return ` There ${names.length === 1 ? 'is' : 'are'}: ${shown}${names.length > 12 ? ' …' : ''}.`;
}

/** Optimal string alignment distance: insertions, deletions, substitutions and swaps of neighbours cost 1 each. */
export function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= b.length; column += 1) {
      const same = a[row - 1] === b[column - 1];
      let cost = Math.min(
        (last[column] as number) + 1,
        (current[column - 1] as number) + 1,
        (last[column - 1] as number) + (same ? 0 : 1),
      );
      if (row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]) {
        cost = Math.min(cost, (beforeLast[column - 2] as number) + 1);
      }
      current.push(cost);
    }
    beforeLast = last;
    last = current;
  }
  return last[b.length] as number;
}
