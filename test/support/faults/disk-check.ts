import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';

/** What a disk of a guest whose power was cut says. */
export interface DiskFinding {
  /** What e2fsck finds once the journal is replayed; empty: nothing. */
  readonly damage: string;
  /** The numbers that {@link startWriting} had written, as lines. */
  readonly count: readonly string[];
}

/**
 * Checks an ext4 without partitions in a copy of the image: replays its journal (`e2fsck -p`, as at every mount after a
 * power cut), then looks at all of it (`e2fsck -fn`).
 */
export async function checkDisk(image: string): Promise<DiskFinding> {
  const folder = await mkdtemp(join(tmpdir(), 'attitune-disk-'));
  const raw = join(folder, 'disk.raw');
  try {
    await execa('qemu-img', ['convert', '-O', 'raw', image, raw]);
    const replay = await execa('e2fsck', ['-p', raw], { reject: false });
    const look = await execa('e2fsck', ['-fn', raw], { reject: false });
    const wrong = (replay.exitCode ?? 99) > 1 || look.exitCode !== 0;
    const { stdout } = await execa('debugfs', ['-R', 'cat /srv/count', raw]);
    return {
      damage: wrong ? `${replay.stdout}\n${replay.stderr}\n${look.stdout}\n${look.stderr}` : '',
      count: stdout.split('\n').filter(Boolean),
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
