import type { ImageLook } from './submission.js';

interface Signature {
  readonly look: ImageLook;
  /** Negative: from the end of the file. */
  readonly at: number;
  readonly bytes: string | readonly number[];
}

/** Formats that QEMU would recognise by itself: a raw disk that begins like one of them is a trap. */
const QEMU_FORMATS: readonly Signature[] = [
  { look: 'qcow2', at: 0, bytes: [0x51, 0x46, 0x49, 0xfb, 0, 0, 0, 2] },
  { look: 'qcow2', at: 0, bytes: [0x51, 0x46, 0x49, 0xfb, 0, 0, 0, 3] },
  { look: 'qcow', at: 0, bytes: [0x51, 0x46, 0x49, 0xfb] },
  { look: 'qed', at: 0, bytes: 'QED\0' },
  { look: 'vmdk', at: 0, bytes: 'KDMV' },
  { look: 'vmdk', at: 0, bytes: 'COWD' },
  { look: 'vmdk', at: 0, bytes: '# Disk DescriptorFile' },
  { look: 'vhdx', at: 0, bytes: 'vhdxfile' },
  { look: 'vpc', at: 0, bytes: 'conectix' },
  { look: 'vpc', at: -512, bytes: 'conectix' },
  { look: 'vdi', at: 0x40, bytes: [0x7f, 0x10, 0xda, 0xbe] },
  { look: 'luks', at: 0, bytes: [0x4c, 0x55, 0x4b, 0x53, 0xba, 0xbe] },
  { look: 'parallels', at: 0, bytes: 'WithoutFreeSpace' },
  { look: 'parallels', at: 0, bytes: 'WithouFreSpacExt' },
  { look: 'bochs', at: 0, bytes: 'Bochs Virtual HD Image' },
  { look: 'dmg', at: -512, bytes: 'koly' },
];

const PACKED: readonly Signature[] = [
  { look: 'gzip', at: 0, bytes: [0x1f, 0x8b] },
  { look: 'bzip2', at: 0, bytes: 'BZh' },
  { look: 'xz', at: 0, bytes: [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0] },
  { look: 'zstd', at: 0, bytes: [0x28, 0xb5, 0x2f, 0xfd] },
  { look: 'zip', at: 0, bytes: 'PK\x03\x04' },
  { look: 'tar', at: 257, bytes: 'ustar' },
];

/** Looks that QEMU takes for an image format. */
export const PROBED_LOOKS: ReadonlySet<string> = new Set(QEMU_FORMATS.map(({ look }) => look));
/** Looks of files that have to be unpacked first. */
export const PACKED_LOOKS: ReadonlySet<string> = new Set(PACKED.map(({ look }) => look));

/** What a file is, by its first bytes and its last 512. */
export function imageLook(head: Buffer, tail: Buffer): ImageLook {
  if (head.length === 0) return 'empty';
  const found = [...QEMU_FORMATS, ...PACKED].find(({ at, bytes }) => {
    const wanted = Buffer.from(bytes as string, 'latin1');
    const part = at < 0 ? tail.subarray(Math.max(0, tail.length + at)) : head.subarray(at);
    return part.subarray(0, wanted.length).equals(wanted);
  });
  return found?.look ?? (isText(head.subarray(0, 4096)) ? 'text' : 'raw');
}

function isText(bytes: Buffer): boolean {
  // a character may be cut in two at the end
  const text = bytes.toString('utf8').replace(/\ufffd{1,3}$/, '');
  return !/[\u0000-\u0008\u000e-\u001a\u001c-\u001f\ufffd]/.test(text);
}

const SECTOR = 512;

/** Where the partitions or the file system of a raw disk end, by its own tables; `undefined` where it has none. */
export function contentEnd(head: Buffer): number | undefined {
  const ends = [guidTableEnd(head) ?? partitionTableEnd(head), extFileSystemEnd(head)];
  const known = ends.filter((end) => end !== undefined);
  return known.length > 0 ? Math.max(...known) : undefined;
}

/** UEFI, section 5.3.2: the backup of the header is in the last block. */
function guidTableEnd(head: Buffer): number | undefined {
  if (head.length < 1024 || head.toString('latin1', SECTOR, SECTOR + 8) !== 'EFI PART') return undefined;
  return (Number(head.readBigUInt64LE(SECTOR + 32)) + 1) * SECTOR;
}

function partitionTableEnd(head: Buffer): number | undefined {
  if (head.length < SECTOR || head.readUInt16LE(510) !== 0xaa55) return undefined;
  const entries = [0, 1, 2, 3].map((index) => head.subarray(446 + 16 * index, 462 + 16 * index));
  // a boot sector without partitions has code there
  if (!entries.every((entry) => entry[0] === 0 || entry[0] === 0x80)) return undefined;
  const used = entries.filter((entry) => entry[4] !== 0 && entry.readUInt32LE(8) > 0);
  if (used.length === 0) return undefined;
  return Math.max(...used.map((entry) => (entry.readUInt32LE(8) + entry.readUInt32LE(12)) * SECTOR));
}

/** The superblock of ext2, 3 and 4. */
function extFileSystemEnd(head: Buffer): number | undefined {
  const block = head.subarray(1024, 2048);
  if (block.length < 1024 || block.readUInt16LE(56) !== 0xef53) return undefined;
  const wide = (block.readUInt32LE(0x60) & 0x80) !== 0;
  const blocks = block.readUInt32LE(4) + (wide ? block.readUInt32LE(0x150) * 2 ** 32 : 0);
  return blocks * 1024 * 2 ** Math.min(block.readUInt32LE(24), 6);
}
