import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { asset } from '../assets/package-root.js';
import { ScxmlEngine } from '../../diagrams/statechart/index.js';

/** A name with what it stands for. */
export interface Described {
  readonly name: string;
  readonly description: string;
}

export interface LibraryParameter extends Described {
  /** Absent: the deployment must give one. */
  readonly default?: string;
}

/** A stock diagram, as the comment at its top and its file tell it. */
export interface LibraryDiagram {
  readonly name: string;
  /** What a deployment writes: `library:NAME`. */
  readonly src: string;
  readonly file: string;
  /** The first sentence of its description. */
  readonly summary: string;
  readonly description: string;
  readonly parameters: readonly LibraryParameter[];
  /** Which events it is for. */
  readonly hears: string;
  readonly raises: readonly Described[];
  /** Attributes that it writes, with whose they are. */
  readonly writes: readonly Described[];
  readonly onFailure: string;
}

const SECTIONS = ['Parameters', 'Hears', 'Raises', 'Writes', 'On failure'] as const;
type Section = (typeof SECTIONS)[number];

/** The stock diagrams of `diagrams/library`, by name. Throws an AggregateError where one of them cannot be read. */
export function diagramLibrary(): readonly LibraryDiagram[] {
  const folder = asset('diagrams/library');
  return readdirSync(folder)
    .filter((name) => name.endsWith('.scxml'))
    .sort()
    .map((name) => describe(join(folder, name)));
}

/** The name of a stock diagram by its file, there or not; `undefined` for a file elsewhere. */
export function stockName(file: string): string | undefined {
  return dirname(file) === asset('diagrams/library') ? basename(file, '.scxml') : undefined;
}

function describe(file: string): LibraryDiagram {
  const { diagram, errors } = new ScxmlEngine().read(file);
  if (!diagram) throw new AggregateError(errors, `${file} cannot be read`);
  const name = basename(file, '.scxml');
  const comment = /<!--([\s\S]*?)-->/.exec(readFileSync(file, 'utf8'))?.[1] ?? '';
  const { description, sections } = sectionsOf(comment);
  const text = description.replace(/\s+/g, ' ').trim();
  return {
    name,
    src: `library:${name}`,
    file,
    summary: /^.*?\.(?= |$)/.exec(text)?.[0] ?? text,
    description: text,
    parameters: entriesOf(sections.Parameters ?? [], 'none').map((entry) =>
      withDefault(entry, diagram.constants ?? {}),
    ),
    hears: (sections.Hears ?? []).join(' '),
    raises: entriesOf(sections.Raises ?? [], 'nothing'),
    writes: entriesOf(sections.Writes ?? [], 'nothing'),
    onFailure: (sections['On failure'] ?? []).join(' '),
  };
}

/** What stands before the first section, and the lines of each, those that go on with a space before them. */
function sectionsOf(comment: string): {
  readonly description: string;
  readonly sections: Readonly<Partial<Record<Section, readonly string[]>>>;
} {
  const description: string[] = [];
  const sections: Partial<Record<Section, string[]>> = {};
  let current: string[] = description;
  for (const line of comment.split('\n').map((each) => each.replace(/^ {2}/, '').trimEnd())) {
    const section = SECTIONS.find((name) => line === name || line.startsWith(`${name} `));
    if (section) sections[section] = current = [];
    const rest = section ? line.slice(section.length) : line;
    if (rest.trim() === '') continue;
    // entries of a table begin in its second or twelfth column; what is further in goes on with the entry before
    const indent = section ? 0 : /^ */.exec(rest)![0].length;
    const goesOn = current !== description && current.length > 0 && indent > 2 && indent !== 12;
    if (goesOn) current.push(`${current.pop() ?? ''} ${rest.trim()}`);
    else current.push(current === description ? rest : rest.trim());
  }
  return { description: description.join('\n'), sections };
}

function entriesOf(lines: readonly string[], none: string): readonly Described[] {
  return lines
    .filter((line) => line !== none)
    .map((line) => {
      const [, name = line, description = ''] = /^(\S+)\s*(.*)$/.exec(line) ?? [];
      return { name, description };
    });
}

/** In the comment the default stands between the name and the description. */
function withDefault({ name, description }: Described, constants: Readonly<Record<string, string>>): LibraryParameter {
  const value = constants[name] ?? '';
  if (value === '' || !description.startsWith(value)) return { name, description };
  return { name, default: value, description: description.slice(value.length).trim() };
}
