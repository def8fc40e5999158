import { AttituneError } from '../../../core/model/errors.js';
import { suggest } from '../../../core/xml/index.js';

/** An image as somebody asks for it. */
export interface ImageRequest {
  /** A name of {@link IMAGES}. */
  readonly name: string;
  /** Debian packages besides its own. */
  readonly packages?: readonly string[] | undefined;
  /** Size of its disk; a VM may have a larger one. */
  readonly diskMiB?: number | undefined;
  /** Release of the distribution; default: this machine's. */
  readonly suite?: string | undefined;
}

/** What is in an image. */
export interface ImageContents {
  /** In alphabetical order. */
  readonly packages: readonly string[];
  /** Size of the disk as the guest sees it. */
  readonly diskMiB: number;
  /** Whether Tomcat's classes are archived for the JVM. */
  readonly tomcatClassData: boolean;
}

interface NamedImage {
  readonly about: string;
  readonly packages: readonly string[];
  readonly diskMiB: number;
}

/** What every guest has: the agent, tools for the network, and what makes its file system grow with its disk. */
const BASE = ['qemu-guest-agent', 'iproute2', 'e2fsprogs'] as const;

/** Images by the name that deployments use. */
export const IMAGES: Readonly<Record<string, NamedImage>> = {
  debian: { about: 'a small Debian or Ubuntu with the guest agent', packages: BASE, diskMiB: 1024 },
  tomcat: {
    about: 'debian with Tomcat 10 and Java, warmed up',
    packages: [...BASE, 'default-jre-headless', 'tomcat10'],
    diskMiB: 1536,
  },
};

/** With packages that nobody has foreseen; the disk is sparse, so that room costs nothing. */
const ROOMY_MIB = 3072;
const SMALLEST_MIB = 512;
const LARGEST_MIB = 1024 * 1024;
/** Debian policy 5.6.1. */
const PACKAGE_NAME = /^[a-z0-9][a-z0-9+.-]+$/;
const SUITE_NAME = /^[a-z][a-z0-9-]*$/;
const TOMCAT = ['tomcat10', 'default-jre-headless'];

/**
 * What an image of that name with those packages holds, and the name that it goes by: where the packages are those of
 * another named image, it is that one. Throws `value`.
 */
export function imageContents(request: ImageRequest): { readonly name: string; readonly contents: ImageContents } {
  const base = Object.hasOwn(IMAGES, request.name) ? IMAGES[request.name] : undefined;
  if (!base) {
    const known = Object.keys(IMAGES);
    throw new AttituneError(
      'value',
      `there is no image "${request.name}": it can be ${known.join(' or ')}.${suggest(request.name, known)}`,
    );
  }
  for (const name of request.packages ?? []) {
    if (!PACKAGE_NAME.test(name))
      throw new AttituneError('value', `${JSON.stringify(name)} cannot be the name of a Debian package.`);
  }
  if (request.suite !== undefined && !SUITE_NAME.test(request.suite))
    throw new AttituneError('value', `${JSON.stringify(request.suite)} cannot be the name of a release.`);
  const packages = inOrder([...base.packages, ...(request.packages ?? [])]);
  const same = Object.entries(IMAGES).find(([, named]) => inOrder(named.packages).join() === packages.join());
  const [name, diskMiB] = same ? [same[0], same[1].diskMiB] : [request.name, ROOMY_MIB];
  return {
    name,
    contents: {
      packages,
      diskMiB: checkedSize(request.diskMiB ?? diskMiB),
      tomcatClassData: TOMCAT.every((each) => packages.includes(each)),
    },
  };
}

/** Names of packages as they stand in an attribute, between blanks or commas. */
export function readPackages(text: string | undefined): readonly string[] {
  return (text ?? '').split(/[\s,]+/).filter(Boolean);
}

/** The packages of an image that not every guest has. */
export function beyondBase(packages: readonly string[]): readonly string[] {
  const base: readonly string[] = BASE;
  return packages.filter((name) => !base.includes(name));
}

function checkedSize(diskMiB: number): number {
  if (Number.isInteger(diskMiB) && diskMiB >= SMALLEST_MIB && diskMiB <= LARGEST_MIB) return diskMiB;
  throw new AttituneError(
    'value',
    `An image cannot have a disk of ${diskMiB} MiB: give whole MiB from ${SMALLEST_MIB} to ${LARGEST_MIB}.`,
  );
}

function inOrder(names: readonly string[]): readonly string[] {
  return [...new Set(names)].sort();
}
