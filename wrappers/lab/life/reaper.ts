import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AttituneError } from '../../../core/model/errors.js';
import type { LabPaths } from '../lab-paths.js';

/** What the owner tells the reaper when there is nothing left to take down. */
export const FAREWELL = 'over\n';

/**
 * The owner's end of the reaper: a process that takes the lab down when its owner is gone, however it went. It holds a
 * pipe from its owner, in a session of its own, so that neither Ctrl-C nor a closed terminal ends it.
 */
export class Reaper {
  private constructor(
    private readonly child: ChildProcess,
    private readonly log: string,
  ) {}

  get pid(): number {
    return this.child.pid as number;
  }

  /** Starts the reaper for the lab that this process has taken with `token`. */
  static async start(paths: LabPaths, token: string): Promise<Reaper> {
    await mkdir(paths.run, { recursive: true });
    const file = join(paths.run, 'reaper.log');
    const log = await open(file, 'w');
    try {
      const child = spawn(process.execPath, [fileURLToPath(new URL('./reaper-main.js', import.meta.url)), token], {
        cwd: '/',
        detached: true,
        stdio: ['pipe', log.fd, log.fd],
        env: { ...process.env, ATTITUNE_STATE: paths.state, ATTITUNE_RUN: paths.run, NODE_OPTIONS: '' },
      });
      await once(child, 'spawn').catch((error: unknown) => {
        throw AttituneError.from(error, 'lab', 'The process that guards the lab could not be started');
      });
      child.stdin?.on('error', () => undefined); // it is gone: then so is its task
      child.unref();
      (child.stdin as { unref?: () => void } | null)?.unref?.();
      return new Reaper(child, file);
    } finally {
      await log.close();
    }
  }

  /** Tells the reaper that the lab is down, or is to be left standing, and waits for its end. */
  async dismiss(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    this.child.ref();
    const ended = once(this.child, 'exit');
    this.child.stdin?.end(FAREWELL);
    await ended;
    await rm(this.log, { force: true });
  }
}
