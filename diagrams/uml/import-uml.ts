import { basename, dirname, resolve } from 'node:path';
import { AttituneError } from '../../core/model/errors.js';
import { readTextFile, suggest } from '../../core/xml/index.js';
import { Collector } from '../collect.js';
import { DEPLOYMENT_GRAMMAR, NAME } from '../deployment/deployment-grammar.js';
import { readInventory } from './inventory.js';
import { resolveWrappers, type ReadFile } from './legacy-wrapper.js';
import { readUml } from './read-uml.js';
import { readTuneSystem } from './tune-conventions.js';
import type { ImportNote, TuneFamily } from './tune-system.js';
import { writeChart } from './write-chart.js';
import { writeDeployment } from './write-deployment.js';
import type { ImportedFile } from './xml-lines.js';

export interface ImportOptions {
  /** Of the deployment; else that of the model, or of its file. */
  readonly name?: string;
  /** Of families that tell none by an attribute `hypervisor`; `none` unless told, as TUNe's hosts run software only. */
  readonly hypervisor?: string;
  /** Reads the model and what it names beside it; from the disk unless told. */
  readonly read?: ReadFile;
}

export interface UmlImport {
  /** The deployment first, then its charts, inventories and wrappers. Empty where something is wrong. */
  readonly files: readonly ImportedFile[];
  /** What was left out or is still to do. */
  readonly notes: readonly ImportNote[];
  readonly errors: readonly AttituneError[];
}

/**
 * Turns a UML model, drawn by TUNe's conventions and saved as XMI, into the text of a deployment and of its diagrams.
 * Writes nothing. All that is wrong comes back at once, each with its place; nothing is thrown.
 */
export function importUml(file: string, options: ImportOptions = {}): UmlImport {
  try {
    return importText(file, options);
  } catch (error) {
    return { files: [], notes: [], errors: [AttituneError.from(error)] };
  }
}

function importText(file: string, { name, hypervisor = 'none', read = readTextFile }: ImportOptions): UmlImport {
  const collector = new Collector();
  const notes: ImportNote[] = [];
  const source = basename(file);
  const folder = dirname(resolve(file));
  const model = readUml(read(file), file, source.replace(/\.[^.]*$/, ''));
  const system = readTuneSystem(model, collector, notes);
  const families: ImportedFamily[] = [];
  for (const family of system.families) {
    const named = family.hypervisor?.text ?? hypervisor;
    checkHypervisor(family, named, collector);
    const translated = { ...family, attributes: family.attributes.map(inEnglish) };
    const taken = families.map((other) => other.file);
    const inventory = readInventory(translated, named, folder, read, taken, collector);
    families.push({ family: translated, hypervisorName: named, file: inventory });
  }
  const wrappers = resolveWrappers(system.classes, folder, read, collector, notes);
  const errors = collector.sorted();
  if (errors.length > 0) return { files: [], notes: sorted(notes), errors };
  const deployment = writeDeployment({
    name: name ?? deploymentName(model.name),
    source,
    families: families.map(({ family, hypervisorName, file: inventory }) => ({
      ...family,
      hypervisorName,
      inventory: inventory?.name ?? '',
    })),
    classes: system.classes.map((found) => ({ ...found, wrapperName: wrappers.get(found)?.name ?? '' })),
    associations: system.associations,
    charts: system.charts,
  });
  const files = [
    deployment,
    ...system.charts.map((chart) => writeChart(chart, source)),
    ...families.flatMap(({ file: inventory }) => (inventory ? [inventory] : [])),
    ...[...wrappers.values()].flatMap(({ file: wrapper }) => (wrapper ? [wrapper] : [])),
  ];
  return { files: [...new Map(files.map((each) => [each.name, each])).values()], notes: sorted(notes), errors: [] };
}

interface ImportedFamily {
  readonly family: TuneFamily;
  readonly hypervisorName: string;
  readonly file: ImportedFile | undefined;
}

const HYPERVISORS =
  DEPLOYMENT_GRAMMAR.elements['hosts']?.attributes?.find(({ name }) => name === 'hypervisor')?.values ?? [];

function checkHypervisor(family: TuneFamily, name: string, collector: Collector): void {
  if (HYPERVISORS.includes(name)) return;
  const message = `"${name}" is no hypervisor.${suggest(name, HYPERVISORS)}`;
  collector.add('value', message, family.hypervisor?.place ?? family.place);
}

/** What TUNe's attributes of hosts are called here, where the name tells how a host is reached. */
function inEnglish<T extends { readonly name: string }>(attribute: T): T {
  return attribute.name === 'protocole' ? { ...attribute, name: 'protocol' } : attribute;
}

/** A name for the deployment from that of the model, which may hold anything. */
function deploymentName(text: string): string {
  const name = text
    .normalize('NFD')
    .replace(/[^A-Za-z0-9_-]+/g, '-')
    .replace(/^[^A-Za-z]+|-+$/g, '');
  return NAME.test(name) ? name : 'imported';
}

function sorted(notes: readonly ImportNote[]): readonly ImportNote[] {
  return [...notes].sort((a, b) => a.place.line - b.place.line || a.place.column - b.place.column);
}
