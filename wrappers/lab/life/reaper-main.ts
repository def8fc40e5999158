/**
 * The reaper itself, run as a program: `reaper-main.js TOKEN`. Waits until its standard input ends; if its owner did not
 * say that all is over, it takes down the owner's lab, and only that one.
 */
import { SystemClock, delay } from '../../../core/model/clock.js';
import { findCgroupTree } from '../host/cgroup.js';
import { labPaths } from '../lab-paths.js';
import { MachinePrograms } from '../../machine/programs.js';
import { LabLock } from './lab-lock.js';
import { FAREWELL } from './reaper.js';
import { tearDown } from './teardown.js';

/** The pipe ends a moment before its owner is gone for good. */
const OWNER_ENDS_WITHIN_MS = 60_000;

async function main(token: string): Promise<void> {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);
  let said = '';
  for await (const chunk of process.stdin.setEncoding('utf8')) said += chunk as string;
  if (said === FAREWELL) return;
  const clock = new SystemClock();
  const paths = labPaths();
  const lock = new LabLock(paths.run, clock);
  const deadline = clock.now() + OWNER_ENDS_WITHIN_MS;
  for (;;) {
    const now = await lock.state();
    const stillTheirs = now.state === 'held' && now.owner.token === token;
    if (!stillTheirs || clock.now() > deadline) break;
    await delay(clock, 20);
  }
  const mine = await lock.takeOverFrom(token);
  if (!mine) return;
  console.error(`${new Date().toISOString()} the owner has ended without a word: taking its lab down`);
  await tearDown({ programs: new MachinePrograms(), paths, cgroups: findCgroupTree(), clock });
  await lock.release(mine.token);
  console.error(`${new Date().toISOString()} done`);
}

main(process.argv[2] ?? '').catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
