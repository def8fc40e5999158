import { basename, resolve } from 'node:path';
import type { Collector } from '../collect.js';
import { NAME } from '../deployment/deployment-grammar.js';
import { defaultUri } from '../deployment/host-uri.js';
import type { ReadFile } from './legacy-wrapper.js';
import type { TuneFamily } from './tune-system.js';
import type { ImportedFile } from './xml-lines.js';

/** A name, or an address, that a line of TUNe's `nodefile` may be. */
const HOST = /^[A-Za-z0-9](?:[A-Za-z0-9._:-]*[A-Za-z0-9])?$/;

/**
 * The inventory of a family, from its `nodefile` beside the model. One whose hosts have names that paths can hold is
 * taken along as it is; else each host gets such a name, and a URI that says where it is. A host that stands on several
 * lines, as batch systems write one for each processor, is one host. `taken` are the inventories of other families.
 */
export function readInventory(
  family: TuneFamily,
  hypervisor: string,
  folder: string,
  read: ReadFile,
  taken: readonly (ImportedFile | undefined)[],
  collector: Collector,
): ImportedFile | undefined {
  const { nodefile } = family;
  if (!nodefile) {
    const message = `the class ${family.name} of the package grid has no attribute "nodefile". Give it one: a file with a host a line.`;
    collector.add('unknown-attribute', message, family.place);
    return undefined;
  }
  const file = resolve(folder, nodefile.text);
  let text: string;
  try {
    text = read(file);
  } catch {
    const message = `the nodefile "${nodefile.text}" of ${family.name} cannot be read, so its hosts are not known. Put it beside the model, with one host a line.`;
    collector.add('file-not-found', message, nodefile.place);
    return undefined;
  }
  const hosts = hostsOf(text, file, collector);
  if (hosts.length === 0) {
    collector.add('value', `the nodefile ${nodefile.text} holds no host.`, nodefile.place);
    return undefined;
  }
  const name = basename(nodefile.text);
  const distinct = [...new Set(hosts)];
  const plain = distinct.length === hosts.length && distinct.every((host) => NAME.test(host));
  const free = !taken.some((other) => other?.name === name && other.copyOf !== file);
  if (plain && free && /^[\w][\w.-]*$/.test(name) && !/\.(xml|scxml)$/i.test(name))
    return { name, text, origins: [], copyOf: file };
  const attributes = Object.fromEntries(family.attributes.map((each) => [each.name, each.text]));
  const names = shortNames(distinct);
  const lines = distinct.map((host) => {
    const short = names.get(host) as string;
    return short === host ? short : `${short} ${defaultUri(hypervisor, host, attributes)}`;
  });
  const head = `# NAME URI, from ${name}`;
  return { name: `${family.name}.hosts`, text: `${[head, ...lines].join('\n')}\n`, origins: [] };
}

function hostsOf(text: string, file: string, collector: Collector): readonly string[] {
  return text
    .replace(/^\uFEFF/, '')
    .split(/\r\n?|\n/)
    .flatMap((line, index) => {
      const words = [...line.replace(/#.*/, '').matchAll(/\S+/g)];
      const [first] = words;
      if (!first) return [];
      const wrong = words[1] ?? (HOST.test(first[0]) ? undefined : first);
      if (!wrong) return [first[0]];
      const message = `"${wrong[0]}" is not expected: a nodefile has one host a line, its name or address.`;
      collector.add('value', message, { file, line: index + 1, column: wrong.index + 1 });
      return [];
    });
}

/** `node1` for `node1.site.org` where that is the only one; else, and for addresses, all of it without dots. */
function shortNames(hosts: readonly string[]): ReadonlyMap<string, string> {
  const first = (host: string) => host.split('.')[0] as string;
  const names = new Map<string, string>();
  const used = new Set<string>();
  for (const host of hosts) {
    const alone = hosts.filter((other) => first(other) === first(host)).length === 1;
    const wanted = alone && NAME.test(first(host)) ? first(host) : host.replace(/[^A-Za-z0-9-]/g, '-');
    const named = NAME.test(wanted) ? wanted : `host-${wanted}`;
    let name = named;
    for (let number = 2; used.has(name); number += 1) name = `${named}-${number}`;
    used.add(name);
    names.set(host, name);
  }
  return names;
}
