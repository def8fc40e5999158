import { createHash } from 'node:crypto';
import path from 'node:path';
import type { AttituneError } from '../../../core/model/errors.js';
import { attributeOf, byPlace, checkElement, childrenOf, parseXml, placeOf } from '../../../core/xml/index.js';
import type { XmlElement } from '../../../core/xml/index.js';
import type { Chart, DataNode, Draft, StateKind, StateNode, TransitionNode } from '../chart/chart.js';
import type { Block } from '../chart/content.js';
import { valueOfText } from '../chart/inline-value.js';
import { readMigrations } from './read-migration.js';
import { inlineValue } from './read-payload.js';
import { readBlock, readScript } from './read-content.js';
import { checkInner, readInvoke, readDoneData } from './read-invoke.js';
import { ReaderContext } from './reader-context.js';
import type { ReadOptions } from './reader-context.js';
import { resolveTargets } from './resolve-targets.js';
import type { UnresolvedTransition } from './resolve-targets.js';
import { serialiseXml } from './serialise-xml.js';
import { SCXML_GRAMMAR } from './scxml.grammar.js';

const EMPTY: Block = { steps: [] };
const STATE_KINDS: Readonly<Record<string, StateKind>> = {
  state: 'atomic',
  parallel: 'parallel',
  final: 'final',
  history: 'history',
};

export interface ChartResult {
  readonly chart?: Chart;
  readonly errors: readonly AttituneError[];
}

/**
 * Reads an SCXML document. All that is wrong with it comes back, ordered by place; the chart only if nothing is.
 * Throws `xml-malformed` where there is no document to speak of.
 */
export function readChart(text: string, file: string, options: ReadOptions = {}): ChartResult {
  const root = parseXml(text, file);
  const grammarErrors = checkElement(root, SCXML_GRAMMAR);
  if (root.local !== SCXML_GRAMMAR.root || !SCXML_GRAMMAR.namespaces.includes(root.namespace)) {
    return { errors: grammarErrors };
  }
  const reader = new ChartReader(new ReaderContext(file, options));
  const chart = reader.read(root, text);
  const errors = [...grammarErrors, ...reader.context.errors].sort(byPlace);
  return errors.length > 0 ? { errors } : { chart, errors };
}

class ChartReader {
  readonly #states: Draft<StateNode>[] = [];
  readonly #byId = new Map<string, StateNode>();
  readonly #transitions: Draft<TransitionNode>[] = [];
  readonly #unresolved: UnresolvedTransition[] = [];
  readonly #data: DataNode[] = [];

  constructor(readonly context: ReaderContext) {}

  /** `text` is what its hash is of. */
  read(element: XmlElement, text: string): Chart {
    const { file } = this.context;
    this.context.datamodel = attributeOf(element, 'datamodel') === 'null' ? 'null' : 'ecmascript';
    const scripts = childrenOf(element, 'script').map((script) => readScript(script, 'global', this.context));
    const root = this.#state(element, 'scxml', undefined);
    if (root.children.length === 0) {
      this.context.fail('xml-element', '<scxml> has no state. Add a <state>, <parallel> or <final>.', element.place);
    }
    resolveTargets(this.#unresolved, this.#byId, this.context);
    this.#uniqueData();
    return {
      name: attributeOf(element, 'name') ?? path.basename(file, '.scxml'),
      file,
      hash: hashOf(text, this.context),
      datamodel: this.context.datamodel,
      binding: attributeOf(element, 'binding') === 'late' ? 'late' : 'early',
      root,
      states: this.#states,
      byId: this.#byId,
      transitions: this.#transitions,
      data: this.#data,
      scripts,
      expressions: this.context.expressions,
      sources: this.context.sources,
      migrations: readMigrations(element, this.#byId, this.context),
    };
  }

  #state(element: XmlElement, kind: StateKind, parent: StateNode | undefined): StateNode {
    const order = this.#states.length;
    const authored = kind === 'scxml' ? undefined : attributeOf(element, 'id');
    const state: Draft<StateNode> = {
      id: authored ?? (kind === 'scxml' ? '_root' : `_s${order}`),
      authored: authored !== undefined,
      kind,
      order,
      last: order,
      parent,
      children: [],
      histories: [],
      deep: attributeOf(element, 'type') === 'deep',
      transitions: [],
      initial: undefined,
      onentry: childrenOf(element, 'onentry').map((child) => readBlock(child, this.context)),
      onexit: childrenOf(element, 'onexit').map((child) => readBlock(child, this.context)),
      invokes: childrenOf(element, 'invoke').map((child) =>
        readInvoke(child, this.context, (inner) => this.#inner(inner)),
      ),
      data: childrenOf(element, 'datamodel').flatMap((child) => this.#readData(child)),
      donedata: kind === 'final' ? readDoneData(element, this.context) : undefined,
      place: element.place,
    };
    this.#states.push(state);
    if (kind !== 'scxml') this.#register(state, element);
    for (const child of childrenOf(element)) this.#child(child, state);
    state.last = this.#states.length - 1;
    if (state.kind === 'atomic' && state.children.length > 0) state.kind = 'compound';
    this.#initial(element, state);
    return state;
  }

  /** The document inside a `<content>` has states and expressions of its own; errors are reported together. */
  #inner(element: XmlElement): Chart {
    const context = new ReaderContext(this.context.file, this.context.options);
    checkInner(element, context);
    const chart = new ChartReader(context).read(element, serialiseXml(element));
    this.context.errors.push(...context.errors);
    this.context.sources.push(...context.sources);
    return chart;
  }

  #child(element: XmlElement, state: Draft<StateNode>): void {
    const kind = STATE_KINDS[element.local];
    if (kind === 'history') state.histories.push(this.#state(element, kind, state));
    else if (kind) state.children.push(this.#state(element, kind, state));
    else if (element.local === 'transition') {
      const transition = this.#transition(element, state);
      if (state.kind === 'history') state.initial = transition;
      else state.transitions.push(transition);
    }
  }

  #register(state: StateNode, element: XmlElement): void {
    const former = this.#byId.get(state.id);
    const place = placeOf(element, 'id');
    if (former) {
      const message = `two states have the id "${state.id}"; the first is at line ${former.place.line}. Rename one.`;
      this.context.fail('duplicate-name', message, place);
    } else if (/^$|\s/.test(state.id)) {
      this.context.fail('value', `id="${state.id}" is not a name without spaces.`, place);
    }
    this.#byId.set(state.id, former ?? state);
  }

  #transition(element: XmlElement, source: StateNode): TransitionNode {
    const transition: Draft<TransitionNode> = {
      id: `t${this.#transitions.length}`,
      source,
      events: (attributeOf(element, 'event') ?? '').split(/\s+/).filter(Boolean).map(withoutWildcard),
      cond: this.context.attribute(element, 'cond'),
      targets: [],
      internal: attributeOf(element, 'type') === 'internal',
      content: readBlock(element, this.context),
      place: element.place,
    };
    this.#transitions.push(transition);
    this.#unresolved.push({ transition, element, attribute: 'target', inside: insideOf(source) });
    return transition;
  }

  /** A compound state starts where its attribute or its `<initial>` says, or else in its first child. */
  #initial(element: XmlElement, state: Draft<StateNode>): void {
    if (state.kind !== 'compound' && state.kind !== 'scxml') return;
    const child = childrenOf(element, 'initial')[0];
    const inner = child && childrenOf(child, 'transition')[0];
    const draft: Draft<TransitionNode> = {
      id: `t${this.#transitions.length}`,
      source: state,
      events: [],
      cond: undefined,
      targets: [],
      internal: true,
      content: inner ? readBlock(inner, this.context) : EMPTY,
      place: (inner ?? element).place,
    };
    this.#transitions.push(draft);
    state.initial = draft;
    if (child && element.attributes.has('initial')) {
      this.context.fail(
        'xml-element',
        `<${element.name}> has both "initial" and <initial>. Keep one of them.`,
        child.place,
      );
    }
    if (inner) this.#unresolved.push({ transition: draft, element: inner, attribute: 'target', inside: state });
    else if (element.attributes.has('initial')) {
      this.#unresolved.push({ transition: draft, element, attribute: 'initial', inside: state });
    } else {
      draft.targets.push(...state.children.slice(0, 1));
    }
  }

  #readData(element: XmlElement): DataNode[] {
    return childrenOf(element, 'data').map((data) => {
      this.context.needsVariables(data);
      const id = attributeOf(data, 'id') ?? '';
      if (!/^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(id)) {
        this.context.fail('value', `id="${id}" is not a name that a variable can have.`, placeOf(data, 'id'));
      } else {
        this.context.expression('location', id, placeOf(data, 'id'));
      }
      const node: DataNode = {
        id,
        expr: this.context.attribute(data, 'expr'),
        value: this.#dataValue(data),
        place: placeOf(data, 'id'),
      };
      this.#data.push(node);
      return node;
    });
  }

  #dataValue(data: XmlElement): unknown {
    const source = this.context.source(data);
    const value = inlineValue(data);
    if ([source, value, data.attributes.get('expr')].filter((given) => given !== undefined).length > 1) {
      const message = '<data> has more than one of "src", "expr" and content. Keep one of them.';
      this.context.fail('xml-element', message, data.place);
    }
    return source ? valueOfText(source.text) : value;
  }

  #uniqueData(): void {
    const seen = new Set<string>();
    for (const { id, place } of this.#data) {
      if (seen.has(id)) this.context.fail('duplicate-name', `two <data> have the id "${id}". Rename one.`, place);
      seen.add(id);
    }
  }
}

function hashOf(text: string, { sources }: ReaderContext): string {
  const hash = createHash('sha256').update(text);
  for (const source of sources) hash.update('\0').update(source.text);
  return hash.digest('hex');
}

/** `foo`, `foo.` and `foo.*` mean the same (SCXML 3.12.1). */
function withoutWildcard(descriptor: string): string {
  return descriptor === '*' ? descriptor : descriptor.replace(/\.\*?$/, '');
}

/** The default of a history leads into the history's parent. */
function insideOf(source: StateNode): StateNode | undefined {
  return source.kind === 'history' ? source.parent : undefined;
}
