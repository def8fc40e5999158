/** Bytes of a page of memory on the machines that guests run on. */
const PAGE = 4096;
const SIGNATURE = 'SWAPSPACE2';

/** Smallest swap that Linux takes: ten pages (mkswap(8)). */
export const SMALLEST_SWAP_BYTES = 10 * PAGE;

/**
 * First page of a swap disk, which is all that `mkswap` writes: `union swap_header` of Linux (include/linux/swap.h), version 1.
 * After 1024 bytes left to boot loaders come, as 32-bit numbers, the version, the last page and the number of bad pages, then
 * uuid and label of 16 bytes each; the signature ends the page.
 */
export function swapHeader(capacityBytes: number, uuid: string, label = 'attitune-swap'): Buffer {
  const page = Buffer.alloc(PAGE);
  page.writeUInt32LE(1, 1024);
  page.writeUInt32LE(Math.floor(capacityBytes / PAGE) - 1, 1028);
  page.writeUInt32LE(0, 1032);
  page.write(uuid.replaceAll('-', ''), 1036, 'hex');
  page.write(label.slice(0, 15), 1052, 'latin1');
  page.write(SIGNATURE, PAGE - SIGNATURE.length, 'latin1');
  return page;
}
