import { open, realpath, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { Executor } from '../../../core/model/executor.js';
import { contentEnd, imageLook } from './image-look.js';
import { readQcow2Header } from './qcow2-header.js';
import { probeImage } from './qemu-img.js';
import type { ImageFacts, Qcow2Facts } from './submission.js';

export interface InspectOptions {
  /** Of this machine: it runs qemu-img. */
  readonly executor: Executor;
  /** What the administrator says that the image is. */
  readonly declared?: 'raw' | 'qcow2';
  /** Folders, besides the image's own, that images below it may be in: those of storage pools. */
  readonly folders?: readonly string[];
  readonly signal?: AbortSignal;
}

const HEAD_BYTES = 64 * 1024;
const TAIL_BYTES = 512;
const DEEPEST_CHAIN = 8;

/**
 * Finds out about an image, reading it only. Its header is read by ourselves first; qemu-img is asked only about one
 * that leads nowhere else. The answer holds for the file as it was: inspect again what was copied, if others can write
 * to it. Rejects with `missing-package` or `cancelled`; what is wrong with the image is told by `checkSubmission`.
 */
export async function inspectImage(path: string, options: InspectOptions): Promise<ImageFacts> {
  const found = await realpath(path).catch(() => undefined);
  const folders = await Promise.all((options.folders ?? []).map((folder) => realpath(folder).catch(() => folder)));
  const allowed = new Set([...folders, ...(found === undefined ? [] : [dirname(found)])]);
  const facts = await inspectOne(path, options.declared, allowed, []);
  const format = imageFormat(facts);
  if (format === undefined || !harmless(facts)) return facts;
  const probe = await probeImage(options.executor, facts.realPath as string, format, options.signal);
  return { ...facts, probe };
}

/** The format that an image has, as far as it may be trusted: what it is declared to be, else what it looks like. */
export function imageFormat({ declared, looksLike }: ImageFacts): 'raw' | 'qcow2' | undefined {
  if (declared !== undefined) return declared === looksLike ? declared : undefined;
  return looksLike === 'raw' || looksLike === 'qcow2' ? looksLike : undefined;
}

/** True where opening the image opens nothing that was not looked at, too. */
function harmless({ kind, qcow2, backing }: ImageFacts): boolean {
  if (kind !== 'file') return false;
  if (!qcow2) return true;
  const { faults, encryption, dataFile, backingFile } = qcow2;
  if (faults.length > 0 || encryption !== 'none' || dataFile !== undefined) return false;
  return backingFile === undefined || (backing !== undefined && harmless(backing));
}

async function inspectOne(
  path: string,
  declared: 'raw' | 'qcow2' | undefined,
  allowed: ReadonlySet<string>,
  above: readonly string[],
): Promise<ImageFacts> {
  const nothing = { path, bytes: 0, looksLike: 'empty', ...(declared && { declared }) };
  const realPath = await realpath(path).catch(() => undefined);
  const status = realPath === undefined ? undefined : await stat(realPath).catch(() => undefined);
  if (realPath === undefined || !status) return { ...nothing, kind: 'missing' };
  if (!status.isFile()) return { ...nothing, realPath, kind: status.isDirectory() ? 'folder' : 'other' };
  const ends = await readEnds(realPath).catch(() => undefined);
  if (!ends) return { ...nothing, realPath, kind: 'unreadable' };
  const looksLike = imageLook(ends.head, ends.tail);
  const contentBytes = looksLike === 'raw' ? contentEnd(ends.head) : undefined;
  const facts: ImageFacts = {
    ...nothing,
    realPath,
    kind: 'file',
    bytes: status.size,
    looksLike,
    ...(contentBytes !== undefined && { contentBytes }),
  };
  if (looksLike !== 'qcow2') return facts;
  return { ...facts, ...(await below(readQcow2Header(ends.head), realPath, allowed, [...above, realPath])) };
}

/** Follows the image below, if it may be followed. */
async function below(
  qcow2: Qcow2Facts,
  realPath: string,
  allowed: ReadonlySet<string>,
  chain: readonly string[],
): Promise<Pick<ImageFacts, 'qcow2' | 'backing'>> {
  const { backingFile, backingFormat } = qcow2;
  if (backingFile === undefined) return { qcow2 };
  const refused = (backingRefused: string) => ({ qcow2: { ...qcow2, backingRefused } });
  if (backingFile.startsWith('json:')) return refused('it is a specification (json:), which may name anything');
  if (/^[^/]*:/.test(backingFile)) return refused('it is an address, not a file');
  if (backingFormat !== 'raw' && backingFormat !== 'qcow2')
    return refused('its format is not told to be raw or qcow2, so that QEMU would guess it');
  const target = await realpath(resolve(dirname(realPath), backingFile)).catch(() => undefined);
  const outside = 'it is not in the folder of the image, nor directly in that of a storage pool';
  if (target === undefined) return refused(`${outside}, or not there`);
  if (!allowed.has(dirname(target))) return refused(outside);
  if (chain.includes(target)) return refused('the images go round in a circle');
  if (chain.length >= DEEPEST_CHAIN) return refused(`more than ${DEEPEST_CHAIN} images lie on each other`);
  return { qcow2, backing: await inspectOne(target, backingFormat, allowed, chain) };
}

async function readEnds(path: string): Promise<{ head: Buffer; tail: Buffer }> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    const head = Buffer.alloc(Math.min(HEAD_BYTES, size));
    const tail = Buffer.alloc(Math.min(TAIL_BYTES, size));
    await file.read(head, 0, head.length, 0);
    await file.read(tail, 0, tail.length, size - tail.length);
    return { head, tail };
  } finally {
    await file.close();
  }
}
