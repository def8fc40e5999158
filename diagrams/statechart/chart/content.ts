import type { SourcePlace } from '../../../core/model/errors.js';

/** Text of the document that the data model compiles. */
export interface Expression {
  /** Its place in `Chart.expressions`. */
  readonly index: number;
  readonly use: ExpressionUse;
  readonly text: string;
  /** Where its first character stands. */
  readonly place: SourcePlace;
  /** Why it fails whenever it is evaluated; absent where it can be parsed. */
  readonly fault?: string;
}

/** `value` is evaluated, `location` assigned to, `reference` a location that is read, `script` run for its effect, `global` run in the global scope. */
export type ExpressionUse = 'value' | 'location' | 'reference' | 'script' | 'global';

/** Executable content that runs from its first step to its last; a step that fails ends the block. */
export interface Block {
  readonly steps: readonly Step[];
}

/** A constant, or an expression that gives it. */
export type Text = string | Expression | undefined;

export type Step =
  | { readonly kind: 'raise'; readonly event: string; readonly place: SourcePlace }
  | { readonly kind: 'if'; readonly branches: readonly Branch[]; readonly place: SourcePlace }
  | ForeachStep
  | { readonly kind: 'log'; readonly label: string; readonly expr: Expression | undefined; readonly place: SourcePlace }
  | AssignStep
  | { readonly kind: 'script'; readonly script: Expression; readonly place: SourcePlace }
  | SendStep
  | { readonly kind: 'cancel'; readonly sendId: Text; readonly place: SourcePlace }
  | { readonly kind: 'set'; readonly path: string; readonly expr: Expression; readonly place: SourcePlace };

export type StepOf<K extends Step['kind']> = Extract<Step, { readonly kind: K }>;

/** One arm of `<if>`; the one of `<else>` has no condition. */
export interface Branch {
  readonly cond: Expression | undefined;
  readonly block: Block;
}

export interface ForeachStep {
  readonly kind: 'foreach';
  readonly array: Expression;
  readonly item: Variable;
  readonly index: Variable | undefined;
  readonly block: Block;
  readonly place: SourcePlace;
}

/** A variable that `<foreach>` declares where it does not exist yet. */
export interface Variable {
  readonly name: string;
  readonly location: Expression;
}

export interface AssignStep {
  readonly kind: 'assign';
  readonly location: Expression;
  readonly expr: Expression | undefined;
  /** Inline content. */
  readonly value: unknown;
  readonly place: SourcePlace;
}

export interface SendStep {
  readonly kind: 'send';
  readonly event: Text;
  readonly target: Text;
  readonly type: Text;
  readonly id: string | undefined;
  readonly idLocation: Expression | undefined;
  /** Milliseconds, or an expression that gives `1s`, `500ms`. */
  readonly delay: number | Expression;
  readonly payload: Payload;
  readonly place: SourcePlace;
}

/** What `<param>`, `namelist` and `<content>` carry. */
export interface Payload {
  readonly params: readonly Param[];
  /** `<content>`, which stands alone. */
  readonly content: Content | undefined;
}

/** `<content>`: an expression, or a value as of `<data>`. */
export interface Content {
  readonly expr: Expression | undefined;
  readonly value: unknown;
}

export interface Param {
  readonly name: string;
  readonly expr: Expression;
  /** The location that `namelist` or `location` names, which an empty `<finalize>` writes back to. */
  readonly location: Expression | undefined;
}
