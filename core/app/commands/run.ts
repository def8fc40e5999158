import type { Command } from 'commander';
import { AttituneError } from '../../model/errors.js';
import { loadDeployment } from '../load-files.js';
import { pluginsFor } from '../composition.js';
import { withSystem, type SystemOptions } from '../with-system.js';
import type { Terminal } from '../terminal.js';
import { addSystemOptions } from './system-options.js';

export function runCommand(program: Command, terminal: Terminal): void {
  const command = program
    .command('run')
    .description('deploy, then watch and let the diagrams react, until Ctrl-C takes it down again')
    .argument('<deployment>', '*.deployment.xml');
  addSystemOptions(command).action(async (file: string, options: SystemOptions) => {
    const { loaded, errors } = loadDeployment(file, pluginsFor, options.set);
    if (!loaded) throw new AggregateError(errors);
    await withSystem(terminal, loaded, { speed: 1, ...options }, async ({ manager, signal }) => {
      try {
        await manager.deploy({ signal, onProgress: (step, fraction) => terminal.progress(step, fraction) });
        terminal.done();
        terminal.say('Running. Ctrl-C takes it down.');
        await new Promise<void>((resolve) => {
          if (signal.aborted) resolve();
          else signal.addEventListener('abort', () => resolve(), { once: true });
        });
      } catch (error) {
        // an abort is how this command ends; anything else is a failure
        if (!AttituneError.is(error, 'cancelled')) throw error;
      } finally {
        await manager.undeploy();
      }
    });
    terminal.result('down');
  });
}
