import type { SourcePlace } from '../../../core/model/errors.js';
import type { Block, Content, Expression, Param, Payload, Text } from './content.js';

/** An SCXML document, read, resolved and checked: what the interpreter runs and the drawing draws. Immutable. */
export interface Chart {
  readonly name: string;
  readonly file: string;
  /** SHA-256 of its text and of the files that are part of it, in hexadecimal. */
  readonly hash: string;
  readonly binding: 'early' | 'late';
  readonly datamodel: 'ecmascript' | 'null';
  readonly root: StateNode;
  /** Every state in document order, the root first; `states[s.order] === s`. */
  readonly states: readonly StateNode[];
  readonly byId: ReadonlyMap<string, StateNode>;
  /** Every transition in document order, those of `initial` and `history` included. */
  readonly transitions: readonly TransitionNode[];
  readonly data: readonly DataNode[];
  /** Scripts directly under `<scxml>`, run once at the start. */
  readonly scripts: readonly Expression[];
  /** Every expression; `expressions[e.index] === e`. */
  readonly expressions: readonly Expression[];
  /** Other files whose text is part of this one: `src` of `<data>`, `<script>` and `<invoke>`. */
  readonly sources: readonly SourceFile[];
  /** What the author says about sessions of former versions. */
  readonly migrations: readonly Migration[];
}

export interface SourceFile {
  readonly file: string;
  readonly text: string;
}

/** `<at:migration>`: how states of a former version of the diagram are called now. */
export interface Migration {
  /** The hash of the former version, or `*` for any. */
  readonly from: string;
  /** Former id → present id. */
  readonly states: ReadonlyMap<string, string>;
  readonly place: SourcePlace;
}

export type StateKind = 'scxml' | 'atomic' | 'compound' | 'parallel' | 'final' | 'history';

export interface StateNode {
  /** The author's, or `_s` and its number in document order. */
  readonly id: string;
  /** True where the author gave the id. */
  readonly authored: boolean;
  readonly kind: StateKind;
  /** Its number in document order. */
  readonly order: number;
  /** The number of its last descendant: `d` is a descendant if `order < d.order <= last`. */
  readonly last: number;
  readonly parent: StateNode | undefined;
  /** Child states in document order, without histories. */
  readonly children: readonly StateNode[];
  readonly histories: readonly StateNode[];
  /** Of a history. */
  readonly deep: boolean;
  readonly transitions: readonly TransitionNode[];
  /** Of a compound state and the root: where it starts. Of a history: its default. */
  readonly initial: TransitionNode | undefined;
  readonly onentry: readonly Block[];
  readonly onexit: readonly Block[];
  readonly invokes: readonly InvokeNode[];
  readonly data: readonly DataNode[];
  /** Of a final state. */
  readonly donedata: Payload | undefined;
  readonly place: SourcePlace;
}

export interface TransitionNode {
  /** `t` and its number in document order; stable while the file is. */
  readonly id: string;
  readonly source: StateNode;
  /** Event descriptors, without a trailing `.*`; empty: eventless. */
  readonly events: readonly string[];
  readonly cond: Expression | undefined;
  /** Empty: targetless. */
  readonly targets: readonly StateNode[];
  readonly internal: boolean;
  readonly content: Block;
  readonly place: SourcePlace;
}

/** `<invoke>`. */
export interface InvokeNode {
  /** `attitune` calls an operation, `scxml` (also where there is none, or by its address) starts another diagram. */
  readonly type: Text;
  readonly id: string | undefined;
  readonly idLocation: Expression | undefined;
  readonly src: Text;
  readonly params: readonly Param[];
  /** Of a diagram: its document, where there is no `src`. */
  readonly content: (Content & { readonly chart: Chart | undefined }) | undefined;
  /** True where every external event is also given to the invoked diagram. */
  readonly autoforward: boolean;
  readonly finalize: Block | undefined;
  readonly place: SourcePlace;
}

export interface DataNode {
  readonly id: string;
  readonly expr: Expression | undefined;
  /** Inline content or that of its file: JSON, {@link XmlContent} or text. */
  readonly value: unknown;
  readonly place: SourcePlace;
}

/** The same type while it is being built. */
export type Draft<T> = { -readonly [K in keyof T]: T[K] extends readonly (infer U)[] ? U[] : T[K] };

/** True where `state` is a proper descendant of `ancestor`. */
export function isDescendant(state: StateNode, ancestor: StateNode): boolean {
  return state.order > ancestor.order && state.order <= ancestor.last;
}

/** A state without child states: a configuration is told by its atomic states. */
export function isAtomic(state: StateNode): boolean {
  return state.kind === 'atomic' || state.kind === 'final';
}
