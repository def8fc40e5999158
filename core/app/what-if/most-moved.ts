import type { CurveData } from '../report/curve-series.js';

/** More lines in one panel cannot be told apart. */
const MOST_HOSTS = 6;
/** More marks with their names would hide what they mark. */
const MOST_MIGRATIONS = 24;
/** More points in a line are not seen. */
const MOST_POINTS = 800;

/** The curves of the hosts that most migrations left or came to, with their migrations where these are few; long runs are thinned out. */
export function ofMostMoved(curves: CurveData): CurveData {
  const hosts = Object.keys(curves.cpu);
  const moves = new Map(hosts.map((host) => [host, 0]));
  for (const { from, to } of curves.migrations)
    for (const host of [from, to]) moves.set(host, (moves.get(host) ?? 0) + 1);
  const highest = (host: string) => (curves.cpu[host] ?? []).reduce((most, { value }) => Math.max(most, value), 0);
  const shown = [...hosts]
    .sort((a, b) => (moves.get(b) ?? 0) - (moves.get(a) ?? 0) || highest(b) - highest(a))
    .slice(0, MOST_HOSTS);
  const kept = hosts.filter((host) => shown.includes(host));
  const drawn = curves.migrations.length <= MOST_MIGRATIONS;
  return {
    ...curves,
    title: `${curves.title ?? ''}${drawn ? '' : `: the hosts with most of ${curves.migrations.length} migrations`}`,
    cpu: Object.fromEntries(kept.map((host) => [host, thinned(curves.cpu[host] ?? [])])),
    migrations: drawn ? curves.migrations.filter(({ from, to }) => kept.includes(from) && kept.includes(to)) : [],
  };
}

/** Means of stretches, so that no peak stands alone for a quiet time. */
function thinned(points: CurveData['cpu'][string]): CurveData['cpu'][string] {
  const stretch = Math.ceil(points.length / MOST_POINTS);
  if (stretch <= 1) return points;
  return Array.from({ length: Math.ceil(points.length / stretch) }, (_, index) => {
    const part = points.slice(index * stretch, (index + 1) * stretch);
    const value = part.reduce((sum, point) => sum + point.value, 0) / part.length;
    return { at: part[Math.floor(part.length / 2)]?.at ?? 0, value };
  });
}
