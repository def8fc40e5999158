import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AttituneError } from '../../core/model/errors.js';
import type { GuestImage } from '../vm/image/guest-image.js';
import type { LabPaths } from './lab-paths.js';
import { bootId } from '../machine/processes.js';
import type { Programs } from '../machine/programs.js';

export interface Acceleration {
  readonly kind: 'kvm' | 'tcg';
  /** Why, in words. */
  readonly reason: string;
}

/** What the guest's first program prints when the kernel command line asks it to (see `initramfs-init.sh`). */
const PROBE_ANSWER = 'attitune-probe-answer';
const PROBE_MS = 15_000;

/**
 * Whether guests run on hardware virtualisation. A usable /dev/kvm is not enough: in some clouds it is there and takes no
 * plain guest. So the image's own kernel is booted on it, once per boot of the machine.
 */
export async function findAcceleration(
  programs: Programs,
  paths: LabPaths,
  image: GuestImage,
  signal?: AbortSignal,
): Promise<Acceleration> {
  const known = quickAnswer(await readFile('/proc/cpuinfo', 'utf8'), await kvmOpens());
  if (known) return known;
  const boot = await bootId();
  const file = join(paths.cache, 'acceleration.json');
  const cached = JSON.parse(await readFile(file, 'utf8').catch(() => '{}')) as { boot?: string; answer?: Acceleration };
  if (cached.boot === boot && cached.answer) return cached.answer;
  const answer = await tryBoot(programs, image, signal);
  await mkdir(paths.cache, { recursive: true });
  await writeFile(file, JSON.stringify({ boot, answer }));
  return answer;
}

/** The answer that needs no attempt: none without the processor's flag (`vmx`: Intel, `svm`: AMD) or the device. */
export function quickAnswer(cpuinfo: string, opens: boolean): Acceleration | undefined {
  if (!opens) return { kind: 'tcg', reason: '/dev/kvm is not there or cannot be opened' };
  if (!/^flags\s*:.*\b(vmx|svm)\b/m.test(cpuinfo)) {
    return {
      kind: 'tcg',
      reason: 'the processor offers no hardware virtualisation here (no vmx or svm in /proc/cpuinfo)',
    };
  }
  return undefined;
}

async function kvmOpens(): Promise<boolean> {
  const { open } = await import('node:fs/promises');
  try {
    await (await open('/dev/kvm', 'r+')).close();
    return true;
  } catch {
    return false;
  }
}

async function tryBoot(programs: Programs, image: GuestImage, signal: AbortSignal | undefined): Promise<Acceleration> {
  try {
    const said = await programs.run(
      [
        ...([
          'qemu-system-x86_64',
          '-accel',
          'kvm',
          '-machine',
          'q35',
          '-cpu',
          'host',
          '-m',
          '256',
          '-nodefaults',
        ] as const),
        ...['-display', 'none', '-serial', 'stdio', '-no-reboot', '-kernel', image.kernel, '-initrd', image.initrd],
        ...['-append', 'console=ttyS0 quiet panic=-1 attitune.probe'],
      ],
      { timeoutMs: PROBE_MS, signal },
    );
    if (said.includes(PROBE_ANSWER)) return { kind: 'kvm', reason: 'a guest boots on /dev/kvm' };
    return { kind: 'tcg', reason: 'a guest ends on /dev/kvm before it has booted' };
  } catch (error) {
    if (AttituneError.is(error, 'cancelled') || AttituneError.is(error, 'missing-package')) throw error;
    return { kind: 'tcg', reason: 'a guest does not boot on /dev/kvm' };
  }
}
