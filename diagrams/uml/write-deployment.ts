import { formatCardinality } from '../../core/model/quantity.js';
import { DEPLOYMENT_NAMESPACE } from '../deployment/deployment-grammar.js';
import type { NamedText, TuneAssociation, TuneChart, TuneClass, TuneFamily } from './tune-system.js';
import { XmlLines, type ImportedFile } from './xml-lines.js';

/** What of a system goes into its deployment. */
export interface DeploymentParts {
  readonly name: string;
  /** The file it was drawn in, for the comment at its top. */
  readonly source: string;
  readonly families: readonly (TuneFamily & { readonly hypervisorName: string; readonly inventory: string })[];
  readonly classes: readonly (TuneClass & { readonly wrapperName: string })[];
  readonly associations: readonly TuneAssociation[];
  readonly charts: readonly TuneChart[];
}

export function writeDeployment(parts: DeploymentParts): ImportedFile {
  const lines = new XmlLines();
  lines.comment(`Imported from ${parts.source}.`);
  lines.open('deployment', [
    ['xmlns', DEPLOYMENT_NAMESPACE],
    ['name', parts.name],
  ]);
  for (const family of parts.families) {
    if (family.comment.trim() !== '') lines.comment(family.comment);
    element(
      lines,
      'hosts',
      [
        ['family', family.name],
        ['hypervisor', family.hypervisorName],
        ['inventory', family.inventory],
      ],
      family,
    );
  }
  if (parts.classes.length > 0) lines.blank();
  for (const found of parts.classes) {
    if (found.comment.trim() !== '') lines.comment(found.comment);
    element(
      lines,
      'component',
      [
        ['class', found.name],
        ['wrapper', found.wrapperName],
        ['hosts', found.family],
        ['initial', found.initial?.toString()],
      ],
      found,
    );
  }
  if (parts.associations.length > 0) lines.blank();
  for (const { name, from, fromCardinality, to, toCardinality, place } of parts.associations) {
    lines.leaf(
      'association',
      [
        ['name', name],
        ['from', from],
        ['fromCardinality', formatCardinality(fromCardinality)],
        ['to', to],
        ['toCardinality', formatCardinality(toCardinality)],
      ],
      place,
    );
  }
  const events = [...new Set(parts.charts.filter(({ role }) => role === undefined).flatMap(({ on }) => on))];
  if (events.length > 0) lines.blank();
  // TUNe's events are written into a component's pipe by programs that the diagram does not name
  for (const event of events)
    lines.leaf('event', [['name', event]], parts.charts.find(({ on }) => on.includes(event))?.place);
  if (parts.charts.length > 0) lines.blank();
  for (const { name, role, on, place } of parts.charts) {
    lines.leaf(
      'diagram',
      [
        ['src', `${name}.scxml`],
        ['role', role],
        ['on', role ? undefined : on.join(' ')],
      ],
      place,
    );
  }
  lines.close();
  return lines.file(`${parts.name}.deployment.xml`);
}

function element(
  lines: XmlLines,
  name: string,
  attributes: readonly (readonly [string, string | undefined])[],
  { attributes: values, place }: { readonly attributes: readonly NamedText[]; readonly place: TuneClass['place'] },
): void {
  if (values.length === 0) {
    lines.leaf(name, attributes, place);
    return;
  }
  lines.open(name, attributes, place);
  for (const value of values) {
    lines.leaf(
      'attribute',
      [
        ['name', value.name],
        // a deployment would take ${ for a variable
        ['value', value.text.replaceAll('${', '$${')],
      ],
      value.namePlace,
    );
  }
  lines.close();
}
