import type { Watching } from '../loop/control/control.js';
import type { Manager } from '../loop/manager.js';
import { AttituneError } from '../model/errors.js';
import type { LoadedDeployment } from './load-files.js';
import type { RunningPeers } from './peers/running-peers.js';
import type { Terminal } from './terminal.js';
import { withSystem, type SystemOptions } from './with-system.js';

const RUNS: Readonly<Record<'acting' | Watching, string>> = {
  acting: 'Running. Ctrl-C takes it down.',
  shadow: 'Watching; nothing is changed. Ctrl-C ends it.',
  'dry-run': 'That is all that would be done to bring it up; nothing was changed.',
};

/**
 * Deploys, or takes up, then administers a system until Ctrl-C takes it down again: what `run` and `manager` do. A shadow
 * watches until Ctrl-C; a dry run ends by itself, with what it would do as its result.
 */
export async function administer(terminal: Terminal, loaded: LoadedDeployment, options: SystemOptions): Promise<void> {
  const { watching } = options;
  let would: readonly string[] = [];
  await withSystem(
    terminal,
    loaded,
    { ...options, socket: watching !== 'dry-run' },
    async ({ manager, signal, startPeers }) => {
      let peers: RunningPeers | undefined;
      try {
        await manager.deploy({ signal, onProgress: (step, fraction) => terminal.progress(step, fraction) });
        terminal.done();
        if (!manager.up) return;
        peers = watching ? undefined : await startPeers?.();
        terminal.say(RUNS[watching ?? 'acting']);
        would = wouldBe(manager);
        if (watching === 'dry-run') return;
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
    },
  );
  terminal.result(watching === 'dry-run' ? would.join('\n') : watching ? 'no longer watching' : 'down');
}

/** What a dry run told that it would do, in order. */
function wouldBe({ journal }: Manager): readonly string[] {
  const lines: string[] = [];
  for (const page of journal.pages())
    for (const { subject, text, data } of page) if (data?.['would'] !== undefined) lines.push(`${subject}: ${text}`);
  return lines;
}
