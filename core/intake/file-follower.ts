import { StringDecoder } from 'node:string_decoder';
import { AttituneError } from '../model/errors.js';
import type { Executor } from '../model/executor.js';

/** Longer lines are cut: what stands behind is not looked at. */
const LONGEST_LINE = 4096;
/** What is read at a time, at most. */
const LIMIT_BYTES = 1024 * 1024;

/**
 * `$1` path, `$2` inode, `$3` bytes of it that are known (-1: all that there is), `$4` bytes at most. Prints, first for a
 * file that was renamed to `$1.1` meanwhile, as logrotate does, then for the present one: inode, from, to, and what stands
 * there in base64. One descriptor is asked and read, so that nothing can come between. Exit code 44: there is none, 45: it
 * is no file. Needs a POSIX shell and coreutils.
 */
const FOLLOW_SCRIPT = `path=$1 inode=$2 known=$3 limit=$4
part() {
  from=$2
  [ $(($3 - from)) -le "$limit" ] || from=$(($3 - limit))
  echo "$1 $from $3"
  [ "$from" -ge "$3" ] || tail -c +$((from + 1)) <&3 | head -c $(($3 - from)) | base64 -w 0
  echo
}
if [ "$inode" != none ] && [ -f "$path.1" ]; then
  exec 3< "$path.1" && set -- $(stat -L -c '%i %s' /proc/self/fd/3)
  [ "$1" != "$inode" ] || part "$1" "$known" "$2"
fi
[ -e "$path" ] || exit 44
[ -f "$path" ] || exit 45
exec 3< "$path" || exit 1
set -- $(stat -L -c '%i %s' /proc/self/fd/3)
[ "$known" -ge 0 ] || known=$2
if [ "$1" != "$inode" ] && [ "$inode" != none ]; then known=0; fi
[ "$2" -ge "$known" ] || known=0
part "$1" "$known" "$2"`;

/** What was written to a file since it was looked at last. */
export interface FollowedLines {
  /** Whole lines, without their ends. */
  readonly lines: readonly string[];
  /** Bytes that were too many to be read: the lines are not all there are. */
  readonly skippedBytes: number;
}

interface Part {
  readonly inode: string;
  readonly from: number;
  readonly to: number;
  readonly bytes: Buffer;
}

/** Reads the new lines of a file, by whatever executor reaches it. It follows a file that is rotated or truncated. */
export class FileFollower {
  readonly #limitBytes: number;
  #inode = 'none';
  /** Absent before the first look. */
  #offset: number | undefined;
  #decoder = new StringDecoder('utf8');
  #rest = '';

  /** `from`: whether what stands in the file at the first look is new. */
  constructor(
    readonly path: string,
    private readonly options: { readonly from: 'start' | 'end'; readonly limitBytes?: number },
  ) {
    this.#limitBytes = options.limitBytes ?? LIMIT_BYTES;
  }

  /** Rejects with `file-not-found` where there is no such file (once there is, all of it is new), or `operation-failed`. */
  async read(executor: Executor, signal?: AbortSignal): Promise<FollowedLines> {
    const first = this.#offset === undefined;
    const known = this.#offset ?? (this.options.from === 'end' ? -1 : 0);
    const argv = [FOLLOW_SCRIPT, 'attitune', this.path, this.#inode, String(known), String(this.#limitBytes)] as const;
    const { exitCode, stdout, stderr } = await executor.run({
      argv: ['sh', '-c', ...argv],
      ...(signal ? { signal } : {}),
    });
    if (exitCode !== 0 && exitCode !== 44) throw this.#failed(executor, exitCode, stderr);
    // an executor without a whole shell, such as that of a simulated host, gives files as a whole
    const parts = exitCode === 0 && stdout === '' ? await this.#whole(executor, known) : partsOf(stdout);
    const lines: string[] = [];
    let skippedBytes = 0;
    for (const part of parts) skippedBytes += this.#take(part, first, lines);
    if (parts.length === 0 || exitCode === 44) {
      // the next one of that name is another one
      this.#inode = 'none';
      this.#offset = 0;
      if (parts.length === 0) throw this.#missing(executor);
    }
    return { lines, skippedBytes };
  }

  /** Adds the lines of a part, and tells how many bytes before it were left out. */
  #take({ inode, from, to, bytes }: Part, first: boolean, lines: string[]): number {
    const goesOn = !first && inode === this.#inode && from >= (this.#offset ?? 0);
    const expected = goesOn ? (this.#offset ?? 0) : first && this.options.from === 'end' ? from : 0;
    if (!goesOn || from > expected) {
      // the last line of a file that ended is whole
      if (!goesOn && this.#rest !== '') lines.push(this.#rest);
      this.#rest = '';
      this.#decoder = new StringDecoder('utf8');
    }
    const pieces = (this.#rest + this.#decoder.write(bytes)).split('\n');
    // the beginning of what is left over is not the beginning of a line
    if (from > expected) pieces.shift();
    this.#rest = (pieces.pop() ?? '').slice(0, LONGEST_LINE);
    for (const piece of pieces) lines.push(piece.slice(0, LONGEST_LINE).replace(/\r$/, ''));
    this.#inode = inode;
    this.#offset = to;
    return from - expected;
  }

  async #whole(executor: Executor, known: number): Promise<Part[]> {
    const text = await executor.get(this.path);
    if (text === undefined) return [];
    const all = Buffer.from(text);
    const from = known < 0 ? all.length : known > all.length ? 0 : known;
    const begin = Math.max(from, all.length - this.#limitBytes);
    return [{ inode: 'whole', from: begin, to: all.length, bytes: all.subarray(begin) }];
  }

  #missing({ node }: Executor): AttituneError {
    return new AttituneError('file-not-found', `There is no file ${this.path} on ${node}.`);
  }

  #failed({ node }: Executor, exitCode: number, stderr: string): AttituneError {
    const [said = ''] = stderr.trim().split('\n');
    const why =
      exitCode === 45 ? 'it is no file with lines' : said.replace(/^\S+: (?:\d+: )?/, '') || `exit code ${exitCode}`;
    return new AttituneError('operation-failed', `${this.path} on ${node} cannot be read: ${why}.`);
  }
}

function partsOf(stdout: string): Part[] {
  const lines = stdout.split('\n');
  const parts: Part[] = [];
  for (let index = 0; index + 1 < lines.length; index += 2) {
    const match = /^(\d+) (\d+) (\d+)$/.exec(lines[index] ?? '');
    if (!match) break;
    const [, inode = '', from, to] = match;
    parts.push({ inode, from: Number(from), to: Number(to), bytes: Buffer.from(lines[index + 1] ?? '', 'base64') });
  }
  return parts;
}
