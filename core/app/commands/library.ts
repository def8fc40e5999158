import type { Command } from 'commander';
import { AttituneError } from '../../model/errors.js';
import { suggest } from '../../xml/index.js';
import { diagramLibrary, type LibraryDiagram } from '../diagram-library.js';
import type { Terminal } from '../terminal.js';

export function libraryCommand(program: Command, terminal: Terminal): void {
  program
    .command('library')
    .description('list the stock diagrams that a deployment takes as <diagram src="library:NAME" on="…"/>')
    .argument('[name]', 'tell all about this one')
    .option('--json', 'print them as one JSON document')
    .action((name: string | undefined, { json }: { json?: boolean }) => {
      const all = diagramLibrary();
      const chosen = name === undefined ? all : all.filter((diagram) => diagram.name === name.replace(/^library:/, ''));
      if (chosen.length === 0) {
        const names = all.map((diagram) => diagram.name);
        throw new AttituneError('usage', `the library has no diagram "${name ?? ''}".${suggest(name ?? '', names)}`);
      }
      if (json === true) terminal.json(name === undefined ? chosen : chosen[0]);
      else terminal.result(name === undefined ? chosen.map(line).join('\n') : chosen.map(page).join('\n'));
    });
}

const NAME_WIDTH = 20;

function line({ name, summary, parameters }: LibraryDiagram): string {
  const given = parameters.map((parameter) => `${parameter.name}=${parameter.default ?? '…'}`).join(', ');
  return `${name.padEnd(NAME_WIDTH)}${summary}${given ? `\n${' '.repeat(NAME_WIDTH)}${given}` : ''}`;
}

function page(diagram: LibraryDiagram): string {
  const table = (title: string, rows: readonly (readonly [string, string])[]) => {
    const width = Math.max(0, ...rows.map(([name]) => name.length)) + 2;
    return rows.length === 0 ? [] : ['', title, ...rows.map(([name, text]) => `  ${name.padEnd(width)}${text}`)];
  };
  return [
    `${diagram.src}: ${diagram.description}`,
    ...table(
      'Parameters',
      diagram.parameters.map(({ name, default: value, description }) => [
        value === undefined ? name : `${name}=${value}`,
        description,
      ]),
    ),
    ...table(
      'Events that it raises',
      diagram.raises.map(({ name, description }) => [name, description]),
    ),
    ...table(
      'Attributes that it writes',
      diagram.writes.map(({ name, description }) => [name, description]),
    ),
    '',
    `Hears: ${diagram.hears}.`,
    `On failure: ${diagram.onFailure}`,
  ].join('\n');
}
