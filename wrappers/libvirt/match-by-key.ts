/**
 * Which of the things that are there each wanted one is: that of the same key, else the one at the same position if
 * nobody else is it, else none.
 */
export function matchByKey<Wanted, Found>(
  wanted: readonly Wanted[],
  found: readonly Found[],
  keyOfWanted: (one: Wanted) => string,
  keyOfFound: (one: Found) => string | undefined,
): readonly (Found | undefined)[] {
  const free = new Set(found);
  const take = (one: Found | undefined) => (one !== undefined && free.delete(one) ? one : undefined);
  const sameKey = wanted.map((one) => {
    const key = keyOfWanted(one);
    return take(key === '' ? undefined : found.find((other) => free.has(other) && keyOfFound(other) === key));
  });
  return sameKey.map((match, index) => match ?? take(found[index]));
}
