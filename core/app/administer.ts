import { AttituneError } from '../model/errors.js';
import type { LoadedDeployment } from './load-files.js';
import type { RunningPeers } from './peers/running-peers.js';
import type { Terminal } from './terminal.js';
import { withSystem, type SystemOptions } from './with-system.js';

/** Deploys, or takes up, then administers a system until Ctrl-C takes it down again: what `run` and `manager` do. */
export async function administer(terminal: Terminal, loaded: LoadedDeployment, options: SystemOptions): Promise<void> {
  await withSystem(terminal, loaded, { ...options, socket: true }, async ({ manager, signal, startPeers }) => {
    let peers: RunningPeers | undefined;
    try {
      await manager.deploy({ signal, onProgress: (step, fraction) => terminal.progress(step, fraction) });
      terminal.done();
      if (!manager.up) return;
      peers = await startPeers?.();
      terminal.say('Running. Ctrl-C takes it down.');
      await new Promise<void>((resolve) => {
        if (signal.aborted) resolve();
        else signal.addEventListener('abort', () => resolve(), { once: true });
      });
    } catch (error) {
      // an abort is how this command ends; anything else is a failure
      if (!AttituneError.is(error, 'cancelled')) throw error;
    } finally {
      await peers?.stop();
      await manager.undeploy();
    }
  });
  terminal.result('down');
}
