/**
 * Values as JSON, with everything that JSON lacks: what is not there, numbers that are none, big integers, dates,
 * regular expressions, maps, sets, bytes, errors, XML, values that hold themselves or are held twice.
 */
export interface Graph {
  readonly roots: Readonly<Record<string, Reference>>;
  readonly nodes: readonly GraphNode[];
}

/** A primitive as itself, `[n]` for the n-th node, or a {@link Special}. */
export type Reference = null | boolean | number | string | readonly [number] | Special;

export type Special =
  | { readonly is: 'undefined' | 'NaN' | 'Infinity' | '-Infinity' | '-0' | 'hole' }
  | { readonly is: 'bigint'; readonly digits: string }
  /** A function that stands at the same place once the scripts of the diagram have run again. */
  | { readonly is: 'function' }
  /** A function by the global name that scripts give it. */
  | { readonly is: 'global'; readonly name: string };

export type Members = readonly (readonly [string, Reference])[];

/** `of` is the global function whose `prototype` an object inherits; absent: of no class. */
export type GraphNode =
  | {
      readonly type: 'object';
      readonly members: Members;
      readonly of?: string;
      readonly bare?: true;
      readonly frozen?: true;
    }
  | { readonly type: 'array'; readonly items: readonly Reference[]; readonly members: Members; readonly frozen?: true }
  | { readonly type: 'date'; readonly time: number | null }
  | { readonly type: 'regexp'; readonly source: string; readonly flags: string; readonly at: number }
  | { readonly type: 'map'; readonly entries: readonly (readonly [Reference, Reference])[] }
  | { readonly type: 'set'; readonly values: readonly Reference[] }
  | { readonly type: 'bytes'; readonly kind: string; readonly base64: string }
  | { readonly type: 'error'; readonly name: string; readonly members: Members }
  | { readonly type: 'xml'; readonly text: string }
  /** A node inside a document, by the way to it. */
  | { readonly type: 'node'; readonly document: Reference; readonly steps: readonly number[] };
