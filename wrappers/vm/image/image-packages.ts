import { readFile } from 'node:fs/promises';
import { AttituneError } from '../../../core/model/errors.js';
import type { Programs } from '../../machine/programs.js';
import { DISTRIBUTIONS, distributionOf } from './archive.js';

/** What building an image runs, beyond what every Debian system has, and what for. */
export const BUILD_PACKAGES: Readonly<Record<string, string>> = {
  debootstrap: 'the guest image',
  gpgv: 'checking its archive',
  e2fsprogs: 'its disk',
  'busybox-static': 'its first programs',
  cpio: 'its initramfs',
  kmod: 'its drivers',
  'xz-utils': 'its drivers, where packed',
  zstd: 'its drivers, where packed',
};

/** The Debian packages that building an image needs on this system. Throws `image-build` where it is no Debian or Ubuntu. */
export function buildPackages(osRelease: string): readonly string[] {
  return [...Object.keys(BUILD_PACKAGES), DISTRIBUTIONS[distributionOf(osRelease).distribution].keyringPackage];
}

/** Those of `needed` that `dpkg-query --show --showformat '${Package} ${db:Status-Status}\n'` does not show as installed. */
export function notInstalled(needed: readonly string[], dpkg: string): readonly string[] {
  const installed = new Set(
    dpkg
      .split('\n')
      .map((line) => line.split(' '))
      .filter(([, status]) => status === 'installed')
      .map(([name]) => name),
  );
  return needed.filter((name) => !installed.has(name));
}

/** Those of `needed` that this machine lacks. */
export async function missingOf(needed: readonly string[], programs: Programs): Promise<readonly string[]> {
  const dpkg = await programs.run(['dpkg-query', '--show', '--showformat', '${Package} ${db:Status-Status}\n']);
  return notInstalled(needed, dpkg);
}

/** Rejects with `not-root`, or with `missing-package` and how to install what is missing. */
export async function requireBuildTools(programs: Programs): Promise<void> {
  if (process.getuid?.() !== 0)
    throw new AttituneError('not-root', 'Building a guest image makes a file tree with its owners: run this as root.');
  const missing = await missingOf(buildPackages(await readFile('/etc/os-release', 'utf8')), programs);
  if (missing.length === 0) return;
  throw new AttituneError(
    'missing-package',
    `Building a guest image needs Debian packages that are not installed: ${missing.join(' ')}. ` +
      `Install them with: apt-get install --no-install-recommends ${missing.join(' ')}`,
    { details: { missing } },
  );
}
