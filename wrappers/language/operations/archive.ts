import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { AttituneError } from '../../../core/model/errors.js';
import { parseInteger } from '../../../core/model/quantity.js';
import { refuseEscapes } from './archive-entries.js';
import { lastLines, options, text, type StepContext, type StepResult, type StepTable } from './step.js';

/** What is sent to a node goes as text through its executor; more than this belongs onto the node by other ways. */
const LARGEST_BYTES = 64 * 1024 * 1024;

/** Says in the folder what was unpacked there last. */
const MARKER = '.attitune-archive';

/** Archives of software, as TUNe's `legacyFile`. */
export const ARCHIVE: StepTable = {
  unpack: {
    description: 'Unpacks a tar archive into a folder, unless that very archive was unpacked there last.',
    usage: 'archive, folder, strip:LEADING PARTS OF NAMES, sha256:HEX',
    minimum: 2,
    maximum: 4,
    idempotent: true,
    run: unpack,
  },
};

/**
 * A relative archive is a file beside the wrapper and is sent to the node; an absolute one is on the node already. What a
 * former archive left in the folder stays, unless this one has a file of the same name.
 */
async function unpack(step: StepContext): Promise<StepResult> {
  const [archive, folder] = [text(step, 0), text(step, 1)];
  const { given, rest } = options(step, ['strip', 'sha256'], 2);
  if (rest[0] !== undefined) throw new AttituneError('value', `"${rest[0]}" is neither strip:N nor sha256:HEX.`);
  const strip = parseInteger(given.strip?.[0] ?? '0', undefined, { max: 100 });
  const sent = posix.isAbsolute(archive) ? undefined : read(step.asset(archive));
  const sha256 = sent ? createHash('sha256').update(sent).digest('hex') : await sumOf(step, archive);
  const expected = given.sha256?.[0]?.toLowerCase();
  if (expected !== undefined && expected !== sha256) {
    const message = `${archive} is not the archive that is meant: its SHA-256 is ${sha256}, not ${expected}.`;
    throw new AttituneError('operation-failed', message);
  }
  const marker = posix.join(folder, MARKER);
  const mark = `${sha256} strip:${strip}\n`;
  if ((await step.executor.get(marker)) === mark) return { changed: false, sha256 };
  await tool(step, ['mkdir', '-p', '--', folder]);
  const file = sent ? posix.join(folder, `${MARKER}.tar`) : archive;
  try {
    if (sent) await send(step, sent, file);
    const list = ['tar', '--list', '--verbose', '--numeric-owner', '--quoting-style=c', `--file=${file}`] as const;
    refuseEscapes(await tool(step, list), strip);
    await tool(step, [
      ...(['tar', '--extract', '--no-same-owner', `--strip-components=${strip}`] as const),
      `--file=${file}`,
      `--directory=${folder}`,
    ]);
  } finally {
    if (sent) await step.executor.run({ argv: ['rm', '-f', '--', file, `${file}.base64`] });
  }
  await step.executor.put(marker, mark);
  return { changed: true, sha256 };
}

function read(file: string): Buffer {
  let content: Buffer;
  try {
    content = readFileSync(file);
  } catch (error) {
    throw AttituneError.from(error, 'file-not-found', `cannot read ${file}`);
  }
  if (content.length <= LARGEST_BYTES) return content;
  const message = `${file} is larger than ${LARGEST_BYTES / 1024 / 1024} MiB. Bring it onto the node, and name it by its absolute path there.`;
  throw new AttituneError('value', message);
}

/** Executors carry text, so the bytes go as such and are made bytes again on the node. */
async function send(step: StepContext, content: Buffer, file: string): Promise<void> {
  await step.executor.put(`${file}.base64`, content.toString('base64'));
  await tool(step, ['sh', '-c', 'base64 -d < "$1" > "$2"', 'sh', `${file}.base64`, file]);
}

async function sumOf(step: StepContext, path: string): Promise<string> {
  const [sum = ''] = (await tool(step, ['sha256sum', '--', path])).replace(/^\\/, '').split(' ');
  return sum;
}

async function tool(step: StepContext, argv: readonly [string, ...string[]]): Promise<string> {
  const { executor, signal, timeoutMs } = step;
  const { exitCode, stdout, stderr } = await executor.run({ argv, env: { LC_ALL: 'C' }, signal, timeoutMs });
  if (exitCode === 0) return stdout;
  const said = lastLines(stderr) || lastLines(stdout);
  throw new AttituneError(
    'operation-failed',
    `${argv[0]} ended with exit code ${exitCode} on ${executor.node}${said ? `: ${said}` : '.'}`,
    { details: { exitCode, stderr } },
  );
}
