import { writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { writeTypes } from '../../../diagrams/machine/index.js';
import { AttituneError } from '../../model/errors.js';
import { systemFacts } from '../authoring/system-facts.js';
import { pluginsFor } from '../composition.js';
import { loadDeployment } from '../load-files.js';
import type { Terminal } from '../terminal.js';

export function typesCommand(program: Command, terminal: Terminal): void {
  program
    .command('types')
    .description('write the TypeScript types of a deployment, for diagrams that are written in TypeScript')
    .argument('<deployment>', '*.deployment.xml')
    .option('-o, --output <file>', 'the file to write, such as web.types.ts; without it they are printed')
    .action(async (file: string, { output }: { output?: string }) => {
      const { loaded, errors } = loadDeployment(file, pluginsFor);
      if (!loaded) throw new AggregateError(errors);
      const { wrappers } = pluginsFor(loaded.deployment.file);
      const text = writeTypes(systemFacts(loaded.deployment, wrappers, [...loaded.diagrams.values()]));
      if (output === undefined) {
        terminal.result(text.trimEnd());
        return;
      }
      await writeFile(output, text).catch((error: unknown) => {
        throw AttituneError.from(error, 'usage', `cannot write ${output}`);
      });
      terminal.result(output);
    });
}
