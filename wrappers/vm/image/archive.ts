import { AttituneError } from '../../../core/model/errors.js';
import type { Programs } from '../../machine/programs.js';

/** The package archive that the guest is made from: the machine's own, as apt is configured to use it. */
export interface Archive {
  /** `debian`, `ubuntu`, or what calls itself like one of them. */
  readonly distribution: 'debian' | 'ubuntu';
  /** The release's code name, such as `bookworm`. */
  readonly suite: string;
  readonly mirror: string;
  readonly components: readonly string[];
  readonly keyring?: string;
}

/** What differs between the distributions. */
export const DISTRIBUTIONS = {
  debian: { kernel: 'linux-image-cloud-amd64', keyringPackage: 'debian-archive-keyring', components: ['main'] },
  ubuntu: { kernel: 'linux-image-virtual', keyringPackage: 'ubuntu-keyring', components: ['main', 'universe'] },
} as const satisfies Record<string, { kernel: string; keyringPackage: string; components: readonly string[] }>;

/** Reads /etc/os-release (`man os-release`). Throws `image-build` for a system that is no kind of Debian. */
export function distributionOf(osRelease: string): { distribution: 'debian' | 'ubuntu'; suite: string } {
  const value = (key: string) => new RegExp(`^${key}="?([^"\n]*)"?$`, 'm').exec(osRelease)?.[1] ?? '';
  const kinds = [value('ID'), ...value('ID_LIKE').split(/\s+/)];
  const distribution = kinds.find((kind): kind is 'debian' | 'ubuntu' => kind === 'ubuntu' || kind === 'debian');
  const suite =
    distribution === 'ubuntu' ? value('UBUNTU_CODENAME') || value('VERSION_CODENAME') : value('VERSION_CODENAME');
  if (!distribution || !suite) {
    throw new AttituneError(
      'image-build',
      `Guest images are built on Debian and Ubuntu; this is ${value('PRETTY_NAME') || 'another system'}.`,
    );
  }
  return { distribution, suite };
}

/** The fields that {@link chooseArchive} reads, one index per line, separated by `|`. */
export const INDEX_FORMAT = '$(IDENTIFIER)|$(RELEASE)|$(COMPONENT)|$(REPO_URI)|$(SIGNED_BY)';

/** Finds the archive of the release among what `apt-get indextargets --format INDEX_FORMAT` printed. */
export function chooseArchive(indexes: string, { distribution, suite }: ReturnType<typeof distributionOf>): Archive {
  const wanted: readonly string[] = DISTRIBUTIONS[distribution].components;
  const rows = indexes
    .split('\n')
    .map((line) => line.split('|'))
    .filter(
      ([identifier, release, component]) =>
        identifier === 'Packages' && release === suite && wanted.includes(component ?? ''),
    );
  const mirror = rows[0]?.[3];
  if (!mirror) {
    throw new AttituneError(
      'image-build',
      `apt knows no archive of ${suite} (${wanted.join(', ')}): see /etc/apt/sources.list and run apt-get update.`,
    );
  }
  if (!/^(https?|file):/.test(mirror)) {
    throw new AttituneError(
      'image-build',
      `The guest image needs an archive by http, https or file, and apt uses ${mirror} for ${suite}.`,
    );
  }
  const here = rows.filter((row) => row[3] === mirror);
  const components = wanted.filter((component) => here.some((row) => row[2] === component));
  const keyring = here[0]?.[4];
  return {
    distribution,
    suite,
    mirror: mirror.replace(/\/$/, ''),
    components,
    ...(keyring !== undefined && /^\/.*\.(gpg|pgp)$/.test(keyring) ? { keyring } : {}),
  };
}

/** apt's own ways out, for debootstrap, which does not read apt's configuration: proxies and a certificate bundle. */
export interface Transport {
  readonly env: Readonly<Record<string, string>>;
  readonly certificates?: string;
}

/** Reads what `apt-config dump` printed. */
export function transportOf(dump: string, mirror: string): Transport {
  const value = (key: string) => {
    const line = dump.split('\n').find((each) => each.toLowerCase().startsWith(`${key.toLowerCase()} "`));
    return line && /"(.*)";$/.exec(line)?.[1];
  };
  const host = /^\w+:\/\/([^/:@]+@)?([^/:]+)/.exec(mirror)?.[2] ?? '';
  const env: Record<string, string> = {};
  for (const scheme of ['http', 'https']) {
    const proxy = value(`Acquire::${scheme}::Proxy::${host}`) || value(`Acquire::${scheme}::Proxy`);
    if (proxy === 'DIRECT') env['no_proxy'] = host;
    else if (proxy) env[`${scheme}_proxy`] = proxy;
  }
  const certificates = value(`Acquire::https::${host}::CaInfo`) || value('Acquire::https::CaInfo');
  return { env, ...(certificates ? { certificates } : {}) };
}

/** The archive of this machine. */
export async function findArchive(programs: Programs, osRelease: string): Promise<Archive> {
  const release = distributionOf(osRelease);
  const indexes = await programs.run(['apt-get', 'indextargets', '--format', INDEX_FORMAT], { failure: 'image-build' });
  return chooseArchive(indexes, release);
}
