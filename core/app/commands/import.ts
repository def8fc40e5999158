import { relative } from 'node:path';
import { Option, type Command } from 'commander';
import type { ImportNote } from '../../../diagrams/uml/index.js';
import { checkedImport, importXen, writeFiles } from '../import-files.js';
import { AttituneError } from '../../model/errors.js';
import { exitCodeOf, type Terminal } from '../terminal.js';

interface ImportCommandOptions {
  readonly output: string;
  readonly name?: string;
  readonly hypervisor?: string;
  readonly force?: boolean;
  readonly json?: boolean;
}

export function importCommand(program: Command, terminal: Terminal): void {
  program
    .command('import')
    .description(
      "turn a UML model that was drawn by TUNe's conventions into a deployment and its diagrams, or a configuration file of Xen into a domain document",
    )
    .argument('<file>', 'XMI of Papyrus or TopCased (*.uml) or of Umbrello (*.xmi), or a file of xl or xm (*.cfg)')
    .requiredOption('-o, --output <folder>', 'the folder to write to')
    .option('--name <name>', 'the name of the deployment; that of the model unless told')
    .addOption(
      new Option('--hypervisor <kind>', 'of host families that name none: libvirt, simulated or none').default('none'),
    )
    .option('--force', 'overwrite files that are there already')
    .option('--json', 'print {written, notes, errors} to standard output')
    .action(async (file: string, options: ImportCommandOptions) => {
      const { output, name, hypervisor, force = false, json = false } = options;
      if (name !== undefined && !/^[A-Za-z][A-Za-z0-9_-]*$/.test(name))
        throw new AttituneError('usage', `--name "${name}" is no name: a letter, then letters, digits, "-" or "_".`);
      const { files, notes, errors } = /\.(uml|xmi|xml)$/i.test(file)
        ? checkedImport(file, output, {
            ...(name === undefined ? {} : { name }),
            ...(hypervisor === undefined ? {} : { hypervisor }),
          })
        : importXen(file);
      const written = errors.length === 0 ? await writeFiles(files, output, force) : [];
      if (json) {
        terminal.json({
          written,
          notes: notes.map(({ message, place }) => ({ ...place, message })),
          errors: errors.map(({ code, message, place }) => ({ ...place, code, message })),
        });
      } else {
        for (const note of notes) terminal.say(formatNote(note));
        terminal.errors(errors);
        if (written.length > 0) terminal.result(written.join('\n'));
      }
      if (errors.length > 0) process.exitCode = Math.max(2, exitCodeOf(errors));
    });
}

function formatNote({ message, place }: ImportNote): string {
  const near = relative('.', place.file);
  return `${near.length < place.file.length ? near : place.file}:${place.line}:${place.column}: note: ${message}`;
}
