import type { Executor } from '../../../core/model/executor.js';

/** Counts in a file, which is on the disk before the next number; and keeps memory dirty, so that a migration takes time. */
const COUNT = `i=0; while :; do i=$((i+1)); echo $i >> /srv/count && sync /srv/count && echo $i > /run/acknowledged; sleep 0.02; done`;
const DIRTY = `while :; do dd if=/dev/urandom of=/dev/shm/noise bs=1M count=6 conv=notrunc 2> /dev/null; sleep 0.2; done`;

/** Starts them in a guest. */
export async function startWriting(guest: Executor): Promise<void> {
  await guest.run({ argv: ['sh', '-c', 'mkdir -p /srv && rm -f /srv/count && : > /srv/count && sync'] });
  await guest.start({ argv: ['sh', '-c', COUNT] });
  await guest.start({ argv: ['sh', '-c', DIRTY] });
}

/** The last number that the guest knows to be on its disk. */
export async function acknowledged(guest: Executor): Promise<number> {
  return Number(await guest.get('/run/acknowledged'));
}
