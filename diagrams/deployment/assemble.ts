import { dirname, isAbsolute, join, resolve } from 'node:path';
import type { VariableSetting } from '../../core/model/deployment.js';
import { AttituneError, type SourcePlace } from '../../core/model/errors.js';
import {
  attributeOf,
  checkElement,
  childrenOf,
  parseXml,
  placeOf,
  readTextFile,
  type XmlElement,
  type XmlNode,
} from '../../core/xml/index.js';
import type { Collector } from '../collect.js';
import { DEPLOYMENT_GRAMMAR } from './deployment-grammar.js';
import { readInventory } from './inventory.js';
import { Variables } from './variables.js';

/** A deployment put together from its files: one tree, in which every element keeps the place where it stands. */
export interface Assembly {
  /** With includes replaced by what they include, inventories by their hosts, and variables by their values. */
  readonly root: XmlElement;
  /** The files as messages name them, itself first. */
  readonly files: readonly string[];
  readonly variables: Variables;
}

/**
 * Puts a deployment together from the text of its first file. What is wrong goes to the collector; `undefined` where
 * the file itself is no deployment.
 */
export function assemble(
  text: string,
  file: string,
  settings: readonly VariableSetting[],
  collector: Collector,
): Assembly | undefined {
  return new Assembler(settings, collector).assemble(text, file);
}

class Assembler {
  readonly #variables: Variables;
  /** By absolute path: a file that is included twice counts once. */
  readonly #roots = new Map<string, XmlElement | undefined>();
  readonly #files: string[] = [];

  constructor(
    settings: readonly VariableSetting[],
    private readonly collector: Collector,
  ) {
    this.#variables = new Variables(settings, collector);
  }

  assemble(text: string, file: string): Assembly | undefined {
    const root = this.#gather(text, file, []);
    if (!root) return undefined;
    this.#variables.checkSettings();
    const merged = { ...root, children: this.#merged(root) };
    return { root: merged, files: this.#files, variables: this.#variables };
  }

  /** Parses a file and all that it includes, and takes in their variables, in document order. */
  #gather(text: string, file: string, chain: readonly SourcePlace[]): XmlElement | undefined {
    this.#files.push(file);
    const root = this.collector.attempt<XmlElement | undefined>(() => parseXml(text, file), undefined);
    const known = root && isDeployment(root) ? root : undefined;
    this.#roots.set(resolve(file), known);
    if (root && !known) this.collector.errors.push(...checkElement(root, DEPLOYMENT_GRAMMAR));
    if (!known) return undefined;
    const children = known.children.map((child): XmlNode => {
      if (child.kind === 'text' || child.namespace !== known.namespace) return child;
      if (child.local === 'variable') this.#variables.declare(child);
      if (child.local !== 'include') return child;
      // what it names may depend on variables that stand before it
      const include = this.#variables.substitute(child);
      this.#include(include, chain);
      return include;
    });
    const gathered = { ...known, children };
    this.#roots.set(resolve(file), gathered);
    return gathered;
  }

  #include(element: XmlElement, chain: readonly SourcePlace[]): void {
    const place = placeOf(element, 'src');
    const file = sourceOf(element);
    if (file === undefined || !this.#variables.isOwnFault(new AttituneError('value', '', { place }))) return;
    const path = resolve(file);
    const above = [...chain, place];
    const from = above.findIndex((link) => resolve(link.file) === path);
    if (from >= 0) {
      const round = above
        .slice(from)
        .map((link) => `${link.file}:${link.line}:${link.column}`)
        .join(', then ');
      this.collector.add('value', `${file} includes itself, by way of ${round}. Take one of them out.`, place);
      return;
    }
    if (this.#roots.has(path)) return;
    let text: string;
    try {
      text = readTextFile(file);
    } catch (error) {
      this.collector.add('file-not-found', AttituneError.from(error).message, place);
      return;
    }
    this.#gather(text, file, above);
  }

  /** The elements of a file and, where it includes others, theirs. */
  #merged(root: XmlElement, taken = new Set<string>()): XmlNode[] {
    taken.add(resolve(root.place.file));
    const whole = {
      ...root,
      children: root.children.map((child) =>
        child.kind === 'text' || isPreliminary(child) ? child : this.#variables.substitute(child),
      ),
    };
    this.collector.errors.push(...checkElement(whole, DEPLOYMENT_GRAMMAR));
    return whole.children.flatMap((child): XmlNode[] => {
      if (child.kind === 'text' || child.namespace !== root.namespace) return [child];
      if (child.local === 'hosts') return [this.#withInventory(child)];
      if (child.local !== 'include') return [child];
      const file = sourceOf(child);
      const included = file === undefined ? undefined : this.#roots.get(resolve(file));
      return included && !taken.has(resolve(included.place.file)) ? this.#merged(included, taken) : [];
    });
  }

  #withInventory(family: XmlElement): XmlElement {
    const inventory = attributeOf(family, 'inventory');
    if (inventory === undefined) {
      if (childrenOf(family, 'host').length > 0) return family;
      const message = `the family ${attributeOf(family, 'family') ?? ''} has no hosts. Add <host …>, or inventory="FILE".`;
      this.collector.add('xml-element', message, family.place);
      return family;
    }
    const place = placeOf(family, 'inventory');
    if (!this.#variables.isOwnFault(new AttituneError('value', '', { place }))) return family;
    const file = beside(family.place.file, inventory);
    if (!this.#files.includes(file)) this.#files.push(file);
    const rows = readInventory(file, family, this.#variables, this.collector);
    return { ...family, children: [...family.children, ...rows] };
  }
}

function isDeployment(root: XmlElement): boolean {
  return root.local === DEPLOYMENT_GRAMMAR.root && DEPLOYMENT_GRAMMAR.namespaces.includes(root.namespace);
}

/** What was resolved while the files were gathered. */
function isPreliminary({ local }: XmlElement): boolean {
  return local === 'variable' || local === 'include';
}

function sourceOf(include: XmlElement): string | undefined {
  const src = attributeOf(include, 'src');
  return src === undefined ? undefined : beside(include.place.file, src);
}

/** A path relative to a file's folder, in the way that the file itself was named. */
function beside(file: string, path: string): string {
  return isAbsolute(path) ? path : join(dirname(file), path);
}
