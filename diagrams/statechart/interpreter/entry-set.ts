import { isDescendant } from '../chart/chart.js';
import type { StateNode, TransitionNode } from '../chart/chart.js';
import type { Block } from '../chart/content.js';
import { effectiveTargets, transitionDomain } from './select.js';
import type { HistoryValues } from './select.js';

/** What transitions enter: `computeEntrySet` of appendix D. */
export interface EntrySet {
  /** In document order. */
  readonly states: readonly StateNode[];
  /** Compound states entered by their initial transition, whose content then runs. */
  readonly byDefault: ReadonlySet<StateNode>;
  /** Content of a history's default transition, by the history's parent. */
  readonly historyContent: ReadonlyMap<StateNode, Block>;
}

export function computeEntrySet(transitions: readonly TransitionNode[], history: HistoryValues): EntrySet {
  const builder = new EntrySetBuilder(history);
  for (const transition of transitions) {
    for (const target of transition.targets) builder.addDescendants(target);
    const domain = transitionDomain(transition, history);
    for (const target of effectiveTargets(transition, history)) builder.addAncestors(target, domain);
  }
  return {
    states: [...builder.states].sort((a, b) => a.order - b.order),
    byDefault: builder.byDefault,
    historyContent: builder.historyContent,
  };
}

class EntrySetBuilder {
  readonly states = new Set<StateNode>();
  readonly byDefault = new Set<StateNode>();
  readonly historyContent = new Map<StateNode, Block>();

  constructor(private readonly history: HistoryValues) {}

  addDescendants(state: StateNode): void {
    if (state.kind === 'history') {
      this.#addHistory(state);
      return;
    }
    this.states.add(state);
    if (state.kind === 'compound' && state.initial) {
      this.byDefault.add(state);
      for (const target of state.initial.targets) this.addDescendants(target);
      for (const target of state.initial.targets) this.addAncestors(target, state);
    } else if (state.kind === 'parallel') {
      this.#addRegions(state);
    }
  }

  /** Adds the ancestors of `state` below `domain`, with the other regions of parallel ones. */
  addAncestors(state: StateNode, domain: StateNode | undefined): void {
    for (let ancestor = state.parent; ancestor && ancestor !== domain; ancestor = ancestor.parent) {
      if (ancestor.kind === 'scxml') break;
      this.states.add(ancestor);
      if (ancestor.kind === 'parallel') this.#addRegions(ancestor);
    }
  }

  #addHistory(state: StateNode): void {
    const recorded = this.history.get(state);
    const parent = state.parent as StateNode;
    const targets = recorded ?? state.initial?.targets ?? [];
    if (!recorded && state.initial) this.historyContent.set(parent, state.initial.content);
    for (const target of targets) this.addDescendants(target);
    for (const target of targets) this.addAncestors(target, parent);
  }

  #addRegions(parallel: StateNode): void {
    for (const region of parallel.children) {
      if (this.states.has(region)) continue;
      let inside = false;
      for (const state of this.states) inside ||= isDescendant(state, region);
      if (!inside) this.addDescendants(region);
    }
  }
}
