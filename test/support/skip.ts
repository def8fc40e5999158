import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** What a suite needs of the machine beyond Node. */
export interface Needs {
  readonly root?: boolean;
  /** Programs, each with the Debian package that brings it. */
  readonly programs?: Readonly<Record<string, string>>;
  /** Set to `1` by who wants this suite, because it is long or changes the machine while it runs. */
  readonly env?: string;
}

interface Skipped {
  readonly what: string;
  readonly reason: string;
  readonly command: string;
}

const skipped: Skipped[] = [];

/**
 * Called in a `before` hook: skips the suite where the machine lacks something, and keeps the reason and the command
 * that would enable it, for the end of the run.
 */
export function skipUnless(context: Mocha.Context, { root = false, programs = {}, env }: Needs): void {
  const packages = Object.entries(programs)
    .filter(([program]) => !installed(program))
    .map(([, debian]) => debian);
  const isRoot = process.getuid?.() === 0;
  const missing = [
    ...(root && !isRoot ? ['root'] : []),
    ...packages.map((name) => `the package ${name}`),
    ...(env !== undefined && process.env[env] !== '1' ? [`${env}=1`] : []),
  ];
  if (missing.length === 0) return;
  const install = packages.length > 0 ? `sudo apt-get install ${packages.join(' ')} && ` : '';
  const test = `${root && !isRoot ? 'sudo ' : ''}${env === undefined ? '' : `${env}=1 `}npm test`;
  skipped.push({
    what: context.test?.parent?.fullTitle() ?? '',
    reason: `needs ${missing.join(', ')}`,
    command: install + test,
  });
  context.skip();
}

/** Called in a `before` hook: skips a suite on the lab where it is not wanted, or this machine cannot have one. */
export function skipWithoutLab(context: Mocha.Context, more: Readonly<Record<string, string>> = {}): void {
  const programs = {
    'qemu-system-x86_64': 'qemu-system-x86',
    'qemu-img': 'qemu-utils',
    libvirtd: 'libvirt-daemon',
    debootstrap: 'debootstrap',
    ...more,
  };
  skipUnless(context, { root: true, programs, env: 'ATTITUNE_TEST_LAB' });
}

/** Called in a `before` hook: skips what cannot be tested on this part at all, and keeps why and where it is tested instead. */
export function skipBecause(context: Mocha.Context, reason: string, instead: string): void {
  skipped.push({ what: context.test?.parent?.fullTitle() ?? '', reason, command: instead });
  context.skip();
}

export function installed(program: string): boolean {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/sbin'];
  return program.startsWith('/') ? existsSync(program) : folders.some((folder) => existsSync(join(folder, program)));
}

/** Mocha's root hooks: at the end, what was skipped is named. */
export const mochaHooks = {
  afterAll(): void {
    if (skipped.length === 0) return;
    const lines = skipped.map(({ what, reason, command }) => `  ${what}: ${reason}\n    ${command}`);
    console.log(`\n  Skipped on this machine, with the command that would run it:\n${lines.join('\n')}`);
  },
};
