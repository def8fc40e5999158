import type { SourcePlace } from '../../core/model/errors.js';

/**
 * What the readers of the XMI dialects agree on: as much of UML as TUNe's diagrams use, with the place of each part in
 * its file. It holds what was drawn, right or wrong; {@link import('./tune-conventions.js')} judges it.
 */
export interface UmlModel {
  /** Which tool's way of writing it is, for people. */
  readonly dialect: string;
  readonly name: string;
  /** In document order, at any depth. */
  readonly packages: readonly UmlPackage[];
  readonly classes: readonly UmlClass[];
  readonly associations: readonly UmlAssociation[];
  readonly machines: readonly UmlStateMachine[];
  /** What was drawn and has no counterpart here. */
  readonly others: readonly UmlOther[];
  readonly place: SourcePlace;
}

export interface UmlPackage {
  readonly name: string;
  readonly place: SourcePlace;
}

/** A text with the place of its first character. */
export interface UmlText {
  readonly text: string;
  readonly place: SourcePlace;
}

export interface UmlClass {
  readonly id: string;
  readonly name: UmlText;
  /** Names of the packages around it, the outermost first. */
  readonly packages: readonly string[];
  readonly attributes: readonly UmlAttribute[];
  /** Its documentation. */
  readonly comment: string;
  readonly place: SourcePlace;
}

export interface UmlAttribute {
  readonly name: UmlText;
  /** Its default value; absent where none was given. */
  readonly value?: UmlText;
}

export interface UmlAssociation {
  readonly name: UmlText;
  /** As many as were drawn: two, unless something is wrong. */
  readonly ends: readonly UmlEnd[];
  readonly packages: readonly string[];
  readonly place: SourcePlace;
}

export interface UmlEnd {
  /** Id of the class at this end. */
  readonly type: UmlText;
  /** Such as `1` or `0..*`: how many of this end's class one instance of the other end's is linked to. */
  readonly multiplicity: UmlText;
  /** True where an arrow head points at this end. */
  readonly navigable: boolean;
}

export interface UmlStateMachine {
  readonly name: UmlText;
  /** Comments on it: its events stand there. */
  readonly comments: readonly UmlText[];
  readonly vertices: readonly UmlVertex[];
  readonly transitions: readonly UmlTransition[];
  readonly place: SourcePlace;
}

export type VertexKind = 'initial' | 'state' | 'final' | 'fork' | 'join' | 'other';

export interface UmlVertex {
  readonly id: string;
  readonly kind: VertexKind;
  /** The name of a state: what it does. */
  readonly name: UmlText;
  /** For `other`, what it is (`choice`); for the rest, what of it has no counterpart (`an entry activity`). */
  readonly unsupported?: string;
  readonly place: SourcePlace;
}

export interface UmlTransition {
  readonly source: UmlText;
  readonly target: UmlText;
  /** What of it has no counterpart: `a guard`. */
  readonly unsupported?: UmlText;
  readonly place: SourcePlace;
}

export interface UmlOther {
  /** Such as `the use case "Order"`. */
  readonly what: string;
  readonly packages: readonly string[];
  readonly place: SourcePlace;
}
