import { basename, resolve } from 'node:path';
import { AttituneError } from '../../core/model/errors.js';
import { parseXml, type XmlElement } from '../../core/xml/index.js';
import type { Collector } from '../collect.js';
import type { ImportNote, TuneClass } from './tune-system.js';
import { escapeAttribute, type ImportedFile } from './xml-lines.js';

/** What the `wrapper` of a class came to. */
export interface WrapperUse {
  readonly name: string;
  readonly file?: ImportedFile;
}

const FILE = /[/\\]|\.(xml|wdl)$/i;
const NAME = /^[A-Za-z_][\w-]*$/;

/** Reads a file beside the model. Throws `file-not-found`. */
export type ReadFile = (file: string) => string;

/**
 * The wrapper of each class: a name stays one; a file is taken along under the name that it has inside, as a wrapper
 * is found by its name beside the deployment. One that cannot be read is noted, for it can be added later.
 */
export function resolveWrappers(
  classes: readonly TuneClass[],
  folder: string,
  read: ReadFile,
  collector: Collector,
  notes: ImportNote[],
): ReadonlyMap<TuneClass, WrapperUse> {
  const uses = new Map<TuneClass, WrapperUse>();
  const taken = new Map<string, string>();
  for (const found of classes.filter(({ wrapper }) => wrapper.text !== '')) {
    const { text, place } = found.wrapper;
    if (!FILE.test(text)) {
      if (!NAME.test(text)) collector.add('value', `"${text}" is neither the name of a wrapper nor a file.`, place);
      uses.set(found, { name: text });
      continue;
    }
    const file = resolve(folder, text.replaceAll('\\', '/'));
    const users = classes.filter(({ wrapper }) => wrapper.text === text);
    const use = collector.attempt(() => readWrapper(file, users, read), { name: wrapperName(file) });
    if (use.file === undefined && !collector.errors.some((error) => error.place?.file === file)) {
      const message = `the wrapper "${text}" of ${found.name} cannot be read: put it beside the deployment as ${use.name}.wrapper.xml.`;
      notes.push({ message, missingWrapper: use.name, place });
    }
    const other = taken.get(use.name);
    if (other !== undefined && other !== file) {
      const message = `the wrappers ${text} and ${basename(other)} both have the name "${use.name}". Rename one of them.`;
      collector.add('duplicate-name', message, place);
    }
    taken.set(use.name, file);
    uses.set(found, use);
  }
  return uses;
}

function wrapperName(file: string): string {
  const name = basename(file).replace(/(\.wrapper)?\.(xml|wdl)$/i, '');
  return NAME.test(name) ? name : `wrapper-${name.replace(/[^\w-]+/g, '-')}`;
}

function readWrapper(file: string, users: readonly TuneClass[], read: ReadFile): WrapperUse {
  let text: string;
  try {
    text = read(file);
  } catch (error) {
    if (AttituneError.is(error, 'file-not-found')) return { name: wrapperName(file) };
    throw error;
  }
  const root = parseXml(text, file);
  if (root.local !== 'wrapper') {
    const message = `<${root.name}> where <wrapper> is expected: it is no wrapper. Check the attribute "wrapper" of ${users.map(({ name }) => name).join(', ')}.`;
    throw new AttituneError('xml-element', message, { place: root.place });
  }
  const given = root.attributes.get('name')?.value ?? '';
  const name = NAME.test(given) ? given : wrapperName(file);
  const target = `${name}.wrapper.xml`;
  return root.namespace === ''
    ? { name, file: { name: target, text: translate(text, root, users), origins: [] } }
    : { name, file: { name: target, text, origins: [], copyOf: file } };
}

/** Attributes that TUNe puts on each component and that belong to its host here. */
const OF_THE_NODE = [
  ['dirLocal', 'dirlocal'],
  ['javahome', 'javahome'],
] as const;

/**
 * TUNe's wrapper as one of ours: byte for byte, but with the attributes declared that its classes have, as all are
 * declared here, and `$dirLocal` and `$javahome` read from the node.
 */
function translate(text: string, root: XmlElement, users: readonly TuneClass[]): string {
  const own = new Set(users.flatMap(({ attributes }) => attributes.map(({ name }) => name)));
  const unset = new Set(users.flatMap((user) => user.unset).filter((name) => !own.has(name)));
  const declared = new Set(
    root.children.flatMap((child) =>
      child.kind === 'element' && child.local === 'attribute' ? [child.attributes.get('name')?.value] : [],
    ),
  );
  const given = (name: string) => users.every(({ attributes }) => attributes.some((each) => each.name === name));
  const declarations = [
    // required where all classes give it, so that a forgotten one is told
    ...[...own].map((name) => [name, given(name) ? '' : ' value=""'] as const),
    ...[...unset].map((name) => [name, ' runtime="true"'] as const),
  ]
    .filter(([name]) => !declared.has(name))
    .map(([name, rest]) => `\n  <attribute name="${escapeAttribute(name)}"${rest}/>`);
  const at = root.inner === '' ? -1 : text.replace(/\r\n?/g, '\n').indexOf(root.inner);
  if (at < 0) return text;
  const source = text.replace(/\r\n?/g, '\n');
  const body = OF_THE_NODE.filter(([name]) => !own.has(name)).reduce(
    (changed, [name, attribute]) =>
      changed.replace(new RegExp(`\\$((?:\\w+\\.)*)${name}\\b`, 'g'), `$$$1node.${attribute}`),
    source.slice(at),
  );
  return source.slice(0, at) + declarations.join('') + body;
}
