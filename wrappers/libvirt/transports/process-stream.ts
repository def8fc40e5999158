import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { Duplex } from 'node:stream';

/** How a process ended. */
export interface ProcessEnd {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stderr: string;
}

const STDERR_CHARACTERS = 4096;

/**
 * Standard input and output of a process as one stream. Its end waits for that of the process, so that it can be an
 * error which tells what the process said. Destroying the stream ends the process.
 */
export class ProcessStream extends Duplex {
  #stderr = '';

  constructor(
    private readonly child: ChildProcessWithoutNullStreams,
    failure: (end: ProcessEnd) => Error | undefined,
  ) {
    super();
    child.stdout.on('data', (chunk: Buffer) => {
      if (!this.push(chunk)) child.stdout.pause();
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-STDERR_CHARACTERS);
    });
    // that nobody reads any more shows in the end of the process
    for (const pipe of [child.stdin, child.stdout, child.stderr]) pipe.on('error', () => undefined);
    child.once('close', (exitCode, signal) => {
      if (this.destroyed) return;
      const error = failure({ exitCode, signal, stderr: this.#stderr });
      if (error) this.destroy(error);
      else this.push(null);
    });
  }

  override _read(): void {
    this.child.stdout.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.child.stdin.write(chunk, () => done());
  }

  override _final(done: (error?: Error | null) => void): void {
    this.child.stdin.end(() => done());
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.child.kill('SIGTERM');
    done(error);
  }
}
