import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * A disk with a boot sector that writes 512 KiB of memory over and over: the smallest guest that dirties its memory
 * faster than a slow migration can copy it. It is 16-bit code, run by the BIOS.
 */
export function busyDisk(): Buffer {
  // of a smaller disk the BIOS does not boot
  const disk = Buffer.alloc(1_048_576);
  Buffer.from([
    0xfa, // cli
    0xfc, // cld
    0x31,
    0xc0, // xor ax, ax
    0xbb,
    0x00,
    0x10, // segment: mov bx, 0x1000
    0x8e,
    0xc3, // next: mov es, bx
    0x31,
    0xff, // xor di, di
    0xb9,
    0x00,
    0x80, // mov cx, 0x8000
    0x40, // word: inc ax
    0xab, // stosw
    0xe2,
    0xfc, // loop word
    0x81,
    0xc3,
    0x00,
    0x10, // add bx, 0x1000
    0x81,
    0xfb,
    0x00,
    0x90, // cmp bx, 0x9000
    0x75,
    0xeb, // jne next
    0xeb,
    0xe6, // jmp segment
  ]).copy(disk);
  disk.writeUInt16LE(0xaa55, 510);
  return disk;
}

/**
 * The path of a disk for one domain alone, made where it is missing: by default one that nothing boots from. Names can
 * have any characters.
 */
export function ownDisk(folder: string, name: string, content: Buffer = Buffer.alloc(1_048_576)): string {
  const path = join(folder, `${createHash('sha256').update(name).digest('hex').slice(0, 16)}.img`);
  try {
    writeFileSync(path, content, { flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  return path;
}
