import { appendFile, chmod, copyFile, mkdir, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { AttituneError } from '../../../core/model/errors.js';
import type { Argv, Programs } from '../../machine/programs.js';
import type { Transport } from './archive.js';
import { CLASS_DATA_SCRIPT, GUEST_FILES, guestFilePath, type Recipe } from './recipe.js';

/** Nothing that a step mounts or starts outlives it, or us: namespaces of its own, which end with it. */
const CONFINED: Argv = [
  ...(['setpriv', '--pdeathsig', 'KILL', '--'] as const),
  ...['unshare', '--mount', '--pid', '--fork', '--kill-child', '--propagation', 'private'],
];

/** `$1` tree, then a command in it. */
const CHROOT_SCRIPT = `tree=$1; shift
mount -t proc proc "$tree/proc" && mount -t tmpfs tmpfs "$tree/dev" || exit 1
for device in null zero full random urandom; do : > "$tree/dev/$device"; mount --bind "/dev/$device" "$tree/dev/$device" || exit 1; done
mkdir "$tree/dev/shm" && ln -s /proc/self/fd "$tree/dev/fd" && exec chroot "$tree" "$@"`;

/** What no guest needs at run time, relative to the tree. */
const TRIMMED = [
  'var/cache/apt',
  'var/lib/apt/lists',
  'usr/share/doc',
  'usr/share/man',
  'usr/share/locale',
  'usr/share/info',
  'usr/share/i18n',
  'usr/share/zoneinfo/right',
  'etc/resolv.conf',
] as const;
/** Folders that must exist nevertheless. */
const KEPT = [
  'var/cache/apt/archives/partial',
  'var/lib/apt/lists/partial',
  'proc',
  'sys',
  'dev',
  'run',
  'tmp',
] as const;

const SECTORS_PER_MIB = 2048;
const TOMCAT_SET_CLASS_PATH = 'usr/share/tomcat10/bin/setclasspath.sh';

export interface TreeStep {
  readonly tree: string;
  readonly cache: string;
  readonly signal: AbortSignal;
  /** How far this step is, in [0, 1]. */
  readonly onFraction: (fraction: number) => void;
}

/** Installs the packages with debootstrap; what it downloads stays in the cache, so that a second try is quick. */
export async function bootstrap(
  programs: Programs,
  recipe: Recipe,
  transport: Transport,
  step: TreeStep,
): Promise<void> {
  const { archive, contents } = recipe;
  const downloads = join(step.cache, 'debs', archive.suite);
  await mkdir(downloads, { recursive: true });
  const env: Record<string, string> = { ...transport.env, DEBIAN_FRONTEND: 'noninteractive' };
  if (transport.certificates) {
    env['WGETRC'] = join(step.cache, 'wgetrc');
    await writeFile(env['WGETRC'], `ca_certificate = ${transport.certificates}\n`);
  }
  const progress = debootstrapProgress();
  await programs.run(
    [
      ...CONFINED,
      ...['--', 'debootstrap', '--variant=minbase', '--force-check-gpg', `--cache-dir=${downloads}`],
      ...(archive.keyring ? [`--keyring=${archive.keyring}`] : []),
      `--components=${archive.components.join(',')}`,
      `--include=${contents.packages.join(',')}`,
      ...[archive.suite, step.tree, archive.mirror],
    ] as unknown as Argv,
    { env, failure: 'image-build', signal: step.signal, onLine: (line) => step.onFraction(progress(line)) },
  );
}

/** Turns the lines of debootstrap into a fraction: it tells the packages as it fetches, unpacks and configures them. */
export function debootstrapProgress(expectedPackages = 150): (line: string) => number {
  const done = { Retrieving: 0, Validating: 0, Extracting: 0, Unpacking: 0, Configuring: 0 };
  let last = 0;
  return (line) => {
    const verb = /^I: (\w+) /.exec(line)?.[1];
    if (verb === undefined || !(verb in done)) return last;
    done[verb as keyof typeof done] += 1;
    // all are fetched before the first is unpacked: from then on their number is known
    const packages = done.Unpacking > 0 ? done.Validating : Math.max(expectedPackages, done.Validating);
    const share = (count: number) => Math.min(1, count / Math.max(1, packages));
    last = Math.max(
      last,
      Math.min(1, 0.3 * share(done.Validating) + 0.3 * share(done.Unpacking) + 0.4 * share(done.Configuring)),
    );
    return last;
  };
}

/** Puts our files in, and takes out what a guest does not need. */
export async function furnish(programs: Programs, recipe: Recipe, { tree, signal }: TreeStep): Promise<void> {
  for (const { source, target, mode } of GUEST_FILES) {
    const path = join(tree, target);
    await mkdir(dirname(path), { recursive: true });
    await copyFile(guestFilePath(source), path);
    await chmod(path, mode);
  }
  await copyFile('/bin/busybox', join(tree, 'usr/lib/attitune/busybox'));
  await chmod(join(tree, 'usr/lib/attitune/busybox'), 0o755);
  await link(tree, '../lib/attitune/busybox', 'usr/sbin/init');
  await link(tree, '/usr/sbin/shutdown', 'etc/acpi/PWRF/00000080');
  await writeFile(join(tree, 'etc/nsswitch.conf'), 'passwd: files\ngroup: files\nshadow: files\nhosts: files\n');
  for (const path of TRIMMED) await rm(join(tree, path), { recursive: true, force: true });
  for (const path of KEPT) await mkdir(join(tree, path), { recursive: true });
  // each guest makes its own
  await writeFile(join(tree, 'etc/machine-id'), '');
  await rm(join(tree, 'etc/hostname'), { force: true });
  if (recipe.contents.tomcatClassData) await archiveClassData(programs, tree, signal);
}

/** Runs Tomcat once in the tree, so that its guests start faster. */
async function archiveClassData(programs: Programs, tree: string, signal: AbortSignal): Promise<void> {
  // not by setenv.sh: that one is the administrator's, and one in CATALINA_BASE hides the one here
  await appendFile(join(tree, TOMCAT_SET_CLASS_PATH), '\n. /usr/lib/attitune/tomcat-classes.sh\n');
  const script = join(tree, 'tmp/class-data.sh');
  await copyFile(guestFilePath(CLASS_DATA_SCRIPT), script);
  try {
    await programs.run(
      [...CONFINED, '--net', '--', 'sh', '-c', CHROOT_SCRIPT, 'attitune', tree, 'sh', '/tmp/class-data.sh'] as Argv,
      {
        env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' },
        failure: 'image-build',
        timeoutMs: 180_000,
        signal,
      },
    );
  } finally {
    await rm(script, { force: true });
  }
}

/** Makes the disk from the tree, without mounting anything. */
export async function makeDisk(
  programs: Programs,
  recipe: Recipe,
  disk: string,
  { tree, signal }: TreeStep,
): Promise<void> {
  if ((await readdir(tree)).length === 0)
    throw new AttituneError('image-build', `debootstrap left nothing in ${tree}.`);
  // what the guest compares its disk with, to see that it has grown
  await writeFile(join(tree, 'usr/lib/attitune/disk-sectors'), `${recipe.contents.diskMiB * SECTORS_PER_MIB}\n`);
  const options = ['-q', '-t', 'ext4', '-J', 'size=8', '-m', '0', '-L', 'attitune', '-d', tree];
  await programs.run(['mke2fs', ...options, disk, `${recipe.contents.diskMiB}M`], { failure: 'image-build', signal });
}

async function link(tree: string, target: string, path: string): Promise<void> {
  await mkdir(dirname(join(tree, path)), { recursive: true });
  await rm(join(tree, path), { force: true });
  await symlink(target, join(tree, path));
}
