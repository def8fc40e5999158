/**
 * Reader of the header of a qcow2 image (QEMU's docs/interop/qcow2.txt): what has to be known before any program that
 * follows what the image says may open it.
 */
import type { Qcow2Facts } from './submission.js';

const ENCRYPTIONS: readonly Qcow2Facts['encryption'][] = ['none', 'aes', 'luks'];
const V2_HEADER = 72;
const INCOMPATIBLE = { dirty: 1n, corrupt: 2n, dataFile: 4n } as const;
/** Compression types and extended L2 entries; with those above, all that QEMU knows. */
const KNOWN_FEATURES = 0x1fn;
const EXTENSION = { end: 0, backingFormat: 0xe2792aca, dataFile: 0x44415441 } as const;
const LONGEST_NAME = 1023;

/** Reads the header from the first bytes of an image that begins as qcow2. What is impossible in it is among `faults`. */
export function readQcow2Header(head: Buffer): Qcow2Facts {
  const faults: string[] = [];
  const bytes = Buffer.concat([head.subarray(0, 64 * 1024), Buffer.alloc(Math.max(0, 112 - head.length))]);
  if (head.length < V2_HEADER) faults.push('its header is cut off');
  const version = bytes.readUInt32BE(4);
  const clusterBits = bytes.readUInt32BE(20);
  if (clusterBits < 9 || clusterBits > 21) faults.push(`its clusters have 2^${clusterBits} bytes`);
  const clusterBytes = 2 ** Math.min(clusterBits, 31);
  const virtualBytes = Number(bytes.readBigUInt64BE(24));
  const features = version >= 3 ? bytes.readBigUInt64BE(72) : 0n;
  if (features > KNOWN_FEATURES) faults.push('it needs features that are not known');
  const headerLength = version >= 3 ? bytes.readUInt32BE(100) : V2_HEADER;
  if (headerLength < V2_HEADER || headerLength % 8 !== 0 || headerLength > clusterBytes)
    faults.push(`its header says that it has ${headerLength} bytes`);
  const extensions = readExtensions(bytes, headerLength, Math.min(clusterBytes, head.length), faults);
  const backingFile = readBackingFile(bytes, Math.min(clusterBytes, head.length), faults);
  const backingFormat = extensions.get(EXTENSION.backingFormat);
  return {
    version,
    virtualBytes,
    clusterBytes,
    encryption: ENCRYPTIONS[bytes.readUInt32BE(32)] ?? 'unknown',
    ...(backingFile !== undefined && { backingFile }),
    ...(backingFormat !== undefined && { backingFormat }),
    ...((features & INCOMPATIBLE.dataFile || extensions.has(EXTENSION.dataFile)) && {
      dataFile: extensions.get(EXTENSION.dataFile) ?? '',
    }),
    dirty: (features & INCOMPATIBLE.dirty) !== 0n,
    corrupt: (features & INCOMPATIBLE.corrupt) !== 0n,
    faults,
  };
}

function readBackingFile(bytes: Buffer, end: number, faults: string[]): string | undefined {
  const offset = Number(bytes.readBigUInt64BE(8));
  if (offset === 0) return undefined;
  const length = bytes.readUInt32BE(16);
  if (length > LONGEST_NAME || offset + length > end) {
    faults.push('the name of its backing file is not in its header');
    return '';
  }
  return bytes.toString('utf8', offset, offset + length);
}

function readExtensions(bytes: Buffer, start: number, end: number, faults: string[]): ReadonlyMap<number, string> {
  const extensions = new Map<number, string>();
  // the name of the backing file ends them too
  const backing = Number(bytes.readBigUInt64BE(8));
  const limit = backing > start ? Math.min(backing, end) : end;
  for (let at = start; at + 8 <= limit;) {
    const type = bytes.readUInt32BE(at);
    const length = bytes.readUInt32BE(at + 4);
    if (type === EXTENSION.end) break;
    if (at + 8 + length > limit) {
      faults.push('an extension of its header goes beyond the header');
      break;
    }
    extensions.set(type, bytes.toString('utf8', at + 8, at + 8 + length));
    at += 8 + Math.ceil(length / 8) * 8;
  }
  return extensions;
}
