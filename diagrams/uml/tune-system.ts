import type { Cardinality } from '../../core/model/deployment.js';
import type { SourcePlace } from '../../core/model/errors.js';
import type { Flow } from './chart-structure.js';
import type { UmlText } from './uml-model.js';

/** A system as TUNe's conventions tell it, checked, and nothing of UML left but the places. */
export interface TuneSystem {
  readonly families: readonly TuneFamily[];
  readonly classes: readonly TuneClass[];
  readonly associations: readonly TuneAssociation[];
  readonly charts: readonly TuneChart[];
}

export interface NamedText extends UmlText {
  readonly name: string;
  readonly namePlace: SourcePlace;
}

/** A class of the package `grid`. */
export interface TuneFamily {
  readonly name: string;
  /** A file with one host a line. */
  readonly nodefile?: UmlText;
  readonly hypervisor?: UmlText;
  /** Those of every host: `javahome`, `user`, `dirlocal`, `protocole` and free ones. */
  readonly attributes: readonly NamedText[];
  readonly comment: string;
  readonly place: SourcePlace;
}

/** A class of the package `deploiement`. */
export interface TuneClass {
  readonly name: string;
  /** The name of a wrapper, or of a file with one. */
  readonly wrapper: UmlText;
  readonly family: string;
  readonly initial?: number;
  readonly attributes: readonly NamedText[];
  /** Attributes that were drawn without a value: the running system sets them. */
  readonly unset: readonly string[];
  readonly comment: string;
  readonly place: SourcePlace;
}

export interface TuneAssociation {
  /** Absent where none was drawn and none is needed. */
  readonly name?: string;
  readonly from: string;
  readonly fromCardinality: Cardinality;
  readonly to: string;
  readonly toCardinality: Cardinality;
  readonly place: SourcePlace;
}

export interface TuneChart {
  /** `start` for `startchart`, `stop` for `stopchart`, else what follows `chart-`. */
  readonly name: string;
  /** As it was drawn. */
  readonly machine: string;
  readonly role?: 'start' | 'stop';
  /** Events that start it, where it has no role. */
  readonly on: readonly string[];
  readonly flow: Flow;
  readonly place: SourcePlace;
}

/** Something that is told, but keeps nothing from being written. */
export interface ImportNote {
  readonly message: string;
  /** The wrapper that has to be added, where it is about one. */
  readonly missingWrapper?: string;
  readonly place: SourcePlace;
}
