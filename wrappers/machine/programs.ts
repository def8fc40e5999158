import { StringDecoder } from 'node:string_decoder';
import { AttituneError, type ErrorCode } from '../../core/model/errors.js';

export interface ProgramOptions {
  readonly env?: Readonly<Record<string, string>> | undefined;
  readonly cwd?: string | undefined;
  readonly input?: string | undefined;
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called with each line of output as it comes. */
  readonly onLine?: ((line: string) => void) | undefined;
  /** Code of the error on failure; default `lab`. */
  readonly failure?: ErrorCode | undefined;
}

export type Argv = readonly [string, ...string[]];

/** Runs programs on the machine itself, outside any lab host. A failure is an error, unlike with an `Executor`. */
export interface Programs {
  /** Standard output. Rejects with `failure`, `missing-package`, `operation-timeout` or `cancelled`. */
  run(argv: Argv, options?: ProgramOptions): Promise<string>;
}

/** Programs of the machine this runs on. */
export class MachinePrograms implements Programs {
  async run(argv: Argv, options: ProgramOptions = {}): Promise<string> {
    const [file, ...args] = argv;
    const { signal } = options;
    const cancelled = () => new AttituneError('cancelled', `${file} was cancelled.`, { cause: signal?.reason });
    if (signal?.aborted) throw cancelled();
    // many commands of ours run no program, and it takes long to load
    const { execa } = await import('execa');
    const child = execa(file, args, {
      env: { LC_ALL: 'C.UTF-8', ...options.env },
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      ...(options.input === undefined ? { stdin: 'ignore' as const } : { input: options.input }),
      ...(options.timeoutMs === undefined ? {} : { timeout: options.timeoutMs }),
      // a group of its own: Ctrl-C on the terminal goes to the manager, which then ends this in order
      detached: true,
      cleanup: true,
      reject: false,
      all: true,
      maxBuffer: 64 * 1024 * 1024,
    });
    const onAbort = () => {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, 'SIGTERM');
      } catch {
        // it has ended by itself
      }
    };
    signal?.addEventListener('abort', onAbort, { once: true });
    if (options.onLine) followLines(child.all, options.onLine);
    const result = await child;
    signal?.removeEventListener('abort', onAbort);
    if (signal?.aborted) throw cancelled();
    if (result.timedOut)
      throw new AttituneError('operation-timeout', `${file} did not end within ${options.timeoutMs} ms.`);
    if (result.code === 'ENOENT') {
      throw new AttituneError(
        'missing-package',
        `The program '${file}' is not installed. 'attitune lab doctor' names the package.`,
      );
    }
    if (result.exitCode !== 0) {
      const why =
        result.exitCode === undefined ? (result.originalMessage ?? 'it was killed') : `exit code ${result.exitCode}`;
      const said = result.all.trim().split('\n').slice(-6).join('\n');
      throw new AttituneError(options.failure ?? 'lab', `${argv.slice(0, 6).join(' ')} failed (${why}): ${said}`, {
        details: { argv, exitCode: result.exitCode, output: result.all.slice(-4000) },
      });
    }
    return result.stdout;
  }
}

function followLines(stream: NodeJS.ReadableStream, onLine: (line: string) => void): void {
  let rest = '';
  const decoder = new StringDecoder('utf8');
  stream.on('data', (chunk: Buffer) => {
    const lines = (rest + decoder.write(chunk)).split(/\r?\n|\r/);
    rest = lines.pop() ?? '';
    for (const line of lines) onLine(line);
  });
}
