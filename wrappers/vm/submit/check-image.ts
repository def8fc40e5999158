import { AttituneError } from '../../../core/model/errors.js';
import { PACKED_LOOKS, PROBED_LOOKS } from './image-look.js';
import { imageFormat } from './inspect-image.js';
import type { ImageFacts, Qcow2Facts, SubmissionHost } from './submission.js';

const GIB = 1024 ** 3;
const KINDS: Readonly<Record<Exclude<ImageFacts['kind'], 'file'>, string>> = {
  folder: 'it is a folder. Name a file in it',
  other: 'it is a device, a pipe or a socket. Copy what it holds into a file',
  missing: 'there is no such file. Check the path',
  unreadable: 'it cannot be read. Check its rights',
};

/** Why an image is not taken, all reasons at once. */
export function checkImage(
  image: ImageFacts,
  { pool, name }: SubmissionHost,
  largestBytes: number,
): readonly AttituneError[] {
  const room = image.kind === 'file' ? roomReasons(image, pool, name, largestBytes) : [];
  const reasons = [...reasonsOf(image), ...room];
  return [...new Set(reasons)].map((reason) => new AttituneError('image', `the image ${image.path}: ${reason}.`));
}

/** The size of the disk as its guest sees it. */
export function virtualBytes({ qcow2, bytes }: ImageFacts): number {
  return qcow2 ? qcow2.virtualBytes : bytes;
}

function* reasonsOf(image: ImageFacts): Generator<string> {
  if (image.kind !== 'file') {
    yield KINDS[image.kind];
    return;
  }
  const format = imageFormat(image);
  if (format === undefined) yield* formatReasons(image);
  else if (format === 'raw') yield* rawReasons(image);
  if (image.qcow2) yield* headerReasons(image.qcow2);
  yield* probeReasons(image, format);
  if (image.backing) {
    for (const reason of reasonsOf(image.backing)) yield `the image below it, ${image.backing.path}: ${reason}`;
  }
}

function* formatReasons({ declared, looksLike }: ImageFacts): Generator<string> {
  const convert = `convert it with 'qemu-img convert -f ${looksLike} -O qcow2'`;
  if (looksLike === 'empty') yield 'it is empty';
  else if (looksLike === 'text') yield 'it is a text, not the image of a disk';
  else if (PACKED_LOOKS.has(looksLike)) yield `it is packed with ${looksLike}. Unpack it first`;
  else if (looksLike === 'luks') yield 'it is encrypted (luks): nobody could open it for its guest. Decrypt it first';
  else if (declared === 'raw')
    yield `it is said to be raw but begins as ${looksLike}. QEMU would take it for that wherever a format is guessed, and a guest can write such a beginning to reach files of its host; if it is ${looksLike}, ${looksLike === 'qcow2' ? 'declare that' : convert}`;
  else if (declared === 'qcow2') yield 'it is said to be qcow2 but does not begin as that. Check the file';
  else if (PROBED_LOOKS.has(looksLike)) yield `its format is ${looksLike}: ${convert}`;
}

function* rawReasons({ bytes, contentBytes }: ImageFacts): Generator<string> {
  if (bytes % 512 !== 0) yield `it has ${bytes} bytes, which are no whole sectors of 512: it is cut off, or no disk`;
  if (contentBytes !== undefined && contentBytes > bytes)
    yield `it is cut off: its partitions or file system end at byte ${contentBytes}, the file at ${bytes}`;
}

function* headerReasons(header: Qcow2Facts): Generator<string> {
  for (const fault of header.faults) yield `its header is wrong: ${fault}`;
  if (header.encryption !== 'none')
    yield `it is encrypted (${header.encryption}): nobody could open it for its guest. Decrypt it first, with qemu-img convert`;
  if (header.dataFile !== undefined)
    yield `its data is in another file${header.dataFile && ` (${header.dataFile})`}, which could be any of the host. Make it one file with qemu-img convert`;
  if (header.corrupt) yield "it is marked as corrupt. Try 'qemu-img check -r all' on a copy";
  if (header.dirty) yield "it was not closed properly. Stop who uses it, then run 'qemu-img check -r leaks'";
  if (header.backingRefused !== undefined)
    yield `it lies on another image, ${header.backingFile}: ${header.backingRefused}. Make it one file with qemu-img convert, where you trust it`;
}

function* probeReasons({ probe, bytes, qcow2 }: ImageFacts, format: string | undefined): Generator<string> {
  if (!probe || format === undefined) return;
  if (probe.failure !== undefined) yield `qemu-img cannot use it: ${probe.failure}`;
  if (probe.format !== undefined && probe.format !== format) yield `qemu-img takes it for ${probe.format}`;
  if (probe.corruptions > 0) yield `qemu-img found ${probe.corruptions} faults in it: it is corrupt, or cut off`;
  const missing = (probe.endBytes ?? 0) - bytes;
  if (qcow2 && missing >= qcow2.clusterBytes) yield `it is cut off: ${missing} bytes are missing at its end`;
}

function* roomReasons(
  image: ImageFacts,
  pool: SubmissionHost['pool'],
  host: string,
  largestBytes: number,
): Generator<string> {
  const size = virtualBytes(image);
  const gib = (bytes: number) => `${(bytes / GIB).toFixed(1)} GiB`;
  if (size === 0 && image.bytes > 0) yield 'its disk has no bytes';
  if (size > largestBytes)
    yield `its disk of ${gib(size)} is larger than the ${gib(largestBytes)} that a disk may have`;
  else if (size > pool.capacityBytes)
    yield `its disk of ${gib(size)} is larger than the whole storage pool of ${host}, which has ${gib(pool.capacityBytes)}`;
  if (chainBytes(image) > pool.availableBytes)
    yield `it takes ${gib(chainBytes(image))}, and the storage pool of ${host} has ${gib(pool.availableBytes)} left`;
}

function chainBytes({ bytes, backing }: ImageFacts): number {
  return bytes + (backing ? chainBytes(backing) : 0);
}
