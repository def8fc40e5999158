import { decodeGraph } from '../persistence/decode-graph.js';
import { encodeGraph } from '../persistence/encode-graph.js';
import type { Graph } from '../persistence/graph.js';
import type { Realm } from './context.js';

/** One variable, wherever it is kept. */
export interface DataPlace {
  readonly name: string;
  get(): unknown;
  /** Absent for a constant, whose value is filled instead. */
  readonly set: ((value: unknown) => void) | undefined;
}

/** All variables of a session as a record. */
export interface DataRecord {
  readonly values: Graph;
  /** Indexes of the scripts that ran in the global scope, in the order of their first run. */
  readonly scripts: readonly number[];
}

/** Writes variables down. Throws `diagram-failed` for a value that cannot be brought back. */
export function writePlaces(places: readonly DataPlace[], realm: Realm): Graph {
  const values = places.map((place) => [place.name, place.get()] as const);
  const globals = new Map(
    values.filter(([, value]) => typeof value === 'function').map(([name, value]) => [value, name]),
  );
  const { objectPrototype } = realm;
  return encodeGraph(Object.fromEntries(values), {
    objectPrototype,
    globals,
    xmlOf: (value) => realm.xmlOf(value),
    locate: (node) => realm.dom().locate(node),
    lenient: false,
  });
}

/** Puts variables back. `placeOf` makes a place for a name that there is none of yet. */
export function readPlaces(
  graph: Graph,
  places: readonly DataPlace[],
  realm: Realm,
  placeOf: (name: string) => DataPlace,
): void {
  const byName = new Map(places.map((place) => [place.name, place]));
  const former = Object.fromEntries(places.map((place) => [place.name, place.get()]));
  const constants = places.filter(({ set }) => set === undefined).map(({ name }) => name);
  const factory = { ...realm.factory(), global: (name: string) => former[name] };
  const values = decodeGraph(graph, factory, former, new Set(constants));
  for (const [name, value] of Object.entries(values)) (byName.get(name) ?? placeOf(name)).set?.(value);
}
