import { constants, openSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Socket } from 'node:net';
import { AttituneError } from '../model/errors.js';
import type { Executor } from '../model/executor.js';
import { FileFollower } from './file-follower.js';
import { READ_PIPE_SCRIPT, REMOVE_PIPE_SCRIPT, TAKE_SPOOL_SCRIPT } from './pipe-scripts.js';

/** Gets what is written to one event pipe to `onData`. One per way in which a machine can be reached. */
export interface PipeReader {
  /** Called again and again: begins to read, sees to it that it goes on, and fetches what waits. Rejects where it cannot. */
  poll(): Promise<void>;
  /** Ends reading; the pipe stays. */
  stop(): Promise<void>;
  /** Ends reading and takes the pipe away. */
  remove(): Promise<void>;
}

export type OnData = (data: Buffer | string) => void;

/** What is fetched from another machine at a time. */
const FETCH_BYTES = 256 * 1024;
const CALL_TIMEOUT_MS = 10_000;

/** A pipe of the manager's own machine: what is written arrives at once. */
export class DirectPipeReader implements PipeReader {
  #socket: Socket | undefined;
  #inode: number | undefined;

  constructor(
    private readonly path: string,
    private readonly executor: Executor,
    private readonly onData: OnData,
  ) {}

  async poll(): Promise<void> {
    const there = await stat(this.path);
    if (this.#socket?.destroyed === false && this.#inode === there.ino) return;
    if (!there.isFIFO()) throw new AttituneError('operation-failed', `${this.path} is no pipe.`);
    await this.stop();
    this.#inode = there.ino;
    this.#socket = reading(this.path, this.onData);
  }

  stop(): Promise<void> {
    const socket = this.#socket;
    this.#socket = undefined;
    if (!socket || socket.closed) return Promise.resolve();
    return new Promise((resolve) => {
      socket.once('close', () => resolve());
      socket.destroy();
    });
  }

  async remove(): Promise<void> {
    await this.stop();
    await removePipe(this.executor, this.path);
  }
}

function reading(path: string, onData: OnData): Socket {
  // open for writing too, so that it does not end when the last writer goes; the socket closes it
  const fd = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
  const socket = new Socket({ fd, readable: true, writable: false });
  socket.on('data', onData);
  // what was wrong shows at the next look
  socket.on('error', () => socket.destroy());
  return socket;
}

/**
 * A pipe of another machine, or inside a VM: a process there copies its lines to a spool, also while the manager is gone,
 * and the spool is fetched at each look.
 */
export class SpooledPipeReader implements PipeReader {
  #looks = 0;

  constructor(
    private readonly path: string,
    private readonly executor: Executor,
    private readonly onData: OnData,
  ) {}

  async poll(): Promise<void> {
    // one that runs stays the only one, so that it does no harm to start it again
    if (this.#looks++ % 10 === 0)
      await this.executor.start({ argv: ['sh', '-c', READ_PIPE_SCRIPT, 'attitune', this.path] });
    const { exitCode, stdout, stderr } = await this.executor.run({
      argv: ['sh', '-c', TAKE_SPOOL_SCRIPT, 'attitune', this.path, String(FETCH_BYTES)],
      timeoutMs: CALL_TIMEOUT_MS,
    });
    if (exitCode !== 0) throw new AttituneError('operation-failed', `${this.path} cannot be read: ${stderr.trim()}`);
    if (stdout !== '') this.onData(stdout);
  }

  stop(): Promise<void> {
    // the process there goes on: what is written meanwhile waits for the next manager
    return Promise.resolve();
  }

  remove(): Promise<void> {
    return removePipe(this.executor, this.path);
  }
}

/** A pipe of a simulated machine, which is a file. */
export class SimulatedPipeReader implements PipeReader {
  readonly #follower: FileFollower;

  constructor(
    private readonly path: string,
    private readonly executor: Executor,
    private readonly onData: OnData,
  ) {
    this.#follower = new FileFollower(path, { from: 'start' });
  }

  async poll(): Promise<void> {
    const { lines } = await this.#follower.read(this.executor);
    for (const line of lines) this.onData(`${line}\n`);
  }

  stop(): Promise<void> {
    return Promise.resolve();
  }

  async remove(): Promise<void> {
    await this.executor.run({ argv: ['rm', '-f', this.path] });
  }
}

async function removePipe(executor: Executor, path: string): Promise<void> {
  await executor.run({ argv: ['sh', '-c', REMOVE_PIPE_SCRIPT, 'attitune', path], timeoutMs: CALL_TIMEOUT_MS });
}
