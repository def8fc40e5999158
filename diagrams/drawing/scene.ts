/**
 * What a picture shows, before anybody knows where: boxes inside boxes, and lines between them. Statecharts and
 * deployments are both turned into this; layout, SVG and Graphviz source start from it.
 */
export interface Scene {
  /** `relieve`, `web`. */
  readonly name: string;
  /** The picture in words, for those who do not see it. */
  readonly description: string;
  readonly root: Item;
  readonly links: readonly Link[];
}

export interface Item {
  /** Unique in the scene; a letter, then letters and digits. */
  readonly key: string;
  /**
   * `box` and `final` (with a ring) hold text; a `box` with children is a frame around them. `history` is a circle with
   * its title inside, `dot` where a compound state starts.
   */
  readonly shape: 'box' | 'final' | 'history' | 'dot';
  /** Classes of its group in the SVG. */
  readonly classes: string;
  /** Other attributes of its group, `id` among them. */
  readonly attributes: Readonly<Record<string, string>>;
  readonly title: string;
  /** Behind the title, lighter. */
  readonly note?: string;
  /** All of its text, unabridged. */
  readonly tooltip: string;
  readonly lines: readonly Line[];
  readonly children: readonly Item[];
  /** `columns`: the regions of a parallel state, side by side with lines between them. */
  readonly arrangement?: 'graph' | 'columns';
}

/** A line of text in a box, or of a label. */
export interface Line {
  readonly text: string;
  readonly muted?: boolean;
  /** Where a line is a thing of its own, such as a transition without a target. */
  readonly group?: {
    readonly classes: string;
    readonly attributes: Readonly<Record<string, string>>;
    readonly tooltip: string;
  };
}

export interface Link {
  readonly key: string;
  readonly from: Item;
  /** Several: the line forks. */
  readonly to: readonly Item[];
  readonly label: readonly Line[];
  /** Beside the line's two ends, such as cardinalities. */
  readonly fromText?: string;
  readonly toText?: string;
  readonly classes: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly tooltip: string;
  readonly dashed?: boolean;
}
