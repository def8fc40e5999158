import type { Association, DeploymentDiagram, Distances, HostEntry } from '../../model/deployment.js';
import type { SystemRepresentation } from '../../model/system-representation.js';
import type { ClusterNetwork } from '../../placement/cluster.js';
import type { RecentReadings } from '../monitoring/recent-readings.js';

/** Readings older than this count as none, in periods of their probe. */
const STALE_AFTER_PERIODS = 3;

/** How far hosts are from each other, and who talks to whom, for the planner. */
export class NetworkView {
  readonly #distances: Pick<ClusterNetwork, 'distances' | 'otherwise'> | undefined;
  /** Associations whose traffic is told or measured. */
  readonly #associations: readonly Association[];

  constructor(private readonly system: SystemRepresentation) {
    const { deployment } = system;
    this.#distances = deployment.distances && hostDistances(deployment, deployment.distances);
    this.#associations = deployment.associations.filter(
      ({ trafficMbps, trafficProbe }) => trafficMbps !== undefined || trafficProbe !== undefined,
    );
  }

  /** Absent where the deployment tells no distances: all hosts are alike. A measure that is not fresh counts as no traffic. */
  at(readings: RecentReadings, now: number): ClusterNetwork | undefined {
    if (!this.#distances) return undefined;
    const between = new Map<string, { between: readonly [string, string]; mbitPerSecond: number }>();
    for (const association of this.#associations) {
      for (const from of this.system.instances(association.from)) {
        const links = from.lookup(association.name);
        const measured =
          association.trafficProbe === undefined
            ? undefined
            : this.#measured(from.name, association.trafficProbe, readings, now);
        const each = measured === undefined ? association.trafficMbps : measured / links.length;
        if (each === undefined || each <= 0) continue;
        for (const to of links) {
          const ends = [from, to].map((one) => (this.system.vmOf(one) ?? this.system.hostOf(one))?.name);
          const [one, other] = ends;
          if (one === undefined || other === undefined || one === other) continue;
          const pair = one < other ? ([one, other] as const) : ([other, one] as const);
          const key = pair.join(' ');
          const known = between.get(key)?.mbitPerSecond ?? 0;
          between.set(key, { between: pair, mbitPerSecond: known + each });
        }
      }
    }
    return { ...this.#distances, traffic: [...between.values()] };
  }

  /** Of a measure of the users' own the readings are called by the probe's name. */
  #measured(component: string, name: string, readings: RecentReadings, now: number): number | undefined {
    const probe = this.system.deployment.probes.find((one) => one.name === name);
    const maxAgeMs = STALE_AFTER_PERIODS * (probe?.everyMs ?? 0);
    return [name, probe?.measure ?? name]
      .map((measure) => readings.value(component, measure, now, maxAgeMs))
      .find((value) => value !== undefined);
  }
}

/** The distance of each pair of hosts that is not that of all others. */
function hostDistances(
  { hostFamilies }: DeploymentDiagram,
  distances: Distances,
): Pick<ClusterNetwork, 'distances' | 'otherwise'> {
  const hosts = hostFamilies.flatMap((family) => family.hosts);
  const told = new Map(distances.between.map(({ names, distance }) => [keyOf(...names), distance]));
  const pairs = hosts.flatMap((one, index) =>
    hosts.slice(index + 1).map((other) => ({
      between: [one.name, other.name] as const,
      distance: distanceOf(one, other, distances, told),
    })),
  );
  const { otherwise } = distances;
  return { distances: pairs.filter(({ distance }) => distance !== otherwise), otherwise };
}

/** That of the hosts themselves, then of their racks, then of their sites. */
export function distanceOf(
  one: HostEntry,
  other: HostEntry,
  distances: Distances,
  told: ReadonlyMap<string, number>,
): number {
  if (one.name === other.name) return 0;
  const sameSite = one.site === other.site;
  const near = one.rack !== undefined && one.rack === other.rack && sameSite ? distances.rack : undefined;
  const named = [
    [one.name, other.name],
    [one.rack, other.rack],
    [one.site, other.site],
  ].map(([a, b]) => (a === undefined || b === undefined || a === b ? undefined : told.get(keyOf(a, b))));
  const [ofHosts, ofRacks, ofSites] = named;
  if (ofHosts !== undefined) return ofHosts;
  if (near !== undefined) return near;
  if (ofRacks !== undefined) return ofRacks;
  if (one.site !== undefined && sameSite) return distances.site;
  return ofSites ?? distances.otherwise;
}

function keyOf(one: string, other: string): string {
  return one < other ? `${one} ${other}` : `${other} ${one}`;
}
