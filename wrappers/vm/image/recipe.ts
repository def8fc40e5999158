import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { asset } from '../../../core/assets/package-root.js';
import type { Archive } from './archive.js';
import type { ImageContents } from './image-contents.js';

/** Raised when the builder itself changes what comes out of the same recipe. */
const BUILDER_VERSION = 2;

/** Files of ours in every guest: source in `guest/`, path in the guest, mode. */
export const GUEST_FILES = [
  { source: 'setup.sh', target: 'usr/lib/attitune/setup.sh', mode: 0o755 },
  { source: 'dhcp.sh', target: 'usr/lib/attitune/dhcp.sh', mode: 0o755 },
  { source: 'hotplug.sh', target: 'usr/lib/attitune/hotplug.sh', mode: 0o755 },
  { source: 'shutdown.sh', target: 'usr/sbin/shutdown', mode: 0o755 },
  { source: 'inittab', target: 'etc/inittab', mode: 0o644 },
  { source: 'tomcat-classes.sh', target: 'usr/lib/attitune/tomcat-classes.sh', mode: 0o644 },
] as const;

export const INITRAMFS_INIT = 'initramfs-init.sh';
/** Run once in the tree, while the image is built. */
export const CLASS_DATA_SCRIPT = 'class-data.sh';

/** Drivers that the initramfs loads where the kernel has them as modules. */
export const GUEST_MODULES = [
  ...['virtio_pci', 'virtio_blk', 'virtio_net', 'virtio_console', 'virtio_rng', 'virtio_balloon', 'ext4'],
  // asking for an address by DHCP
  'af_packet',
  // the power button
  ...['button', 'evdev'],
] as const;

/** Everything that decides what an image is. */
export interface Recipe {
  readonly name: string;
  readonly contents: ImageContents;
  readonly archive: Archive;
  /** Package of the kernel proper and its version: `linux-image-6.1.0-56-cloud-amd64=6.1.192-2`. */
  readonly kernel: string;
  /** Packages that hold the kernel and its modules, as `name=version`. */
  readonly kernelPackages: readonly string[];
}

/** The folder name of the image that this recipe makes: the same content has the same name. */
export function imageKey(recipe: Recipe, files: (name: string) => string = guestFile): string {
  const { archive, contents, kernelPackages } = recipe;
  const hash = createHash('sha256').update(
    JSON.stringify({
      builder: BUILDER_VERSION,
      suite: [archive.distribution, archive.suite, archive.components],
      contents,
      kernelPackages,
      modules: GUEST_MODULES,
      files: [INITRAMFS_INIT, CLASS_DATA_SCRIPT, ...GUEST_FILES.map((file) => file.source)].map((name) => [
        name,
        files(name),
      ]),
      layout: GUEST_FILES,
    }),
  );
  return `${recipe.name}-${hash.digest('hex').slice(0, 16)}`;
}

export function guestFilePath(name: string): string {
  return asset(`wrappers/vm/image/guest/${name}`);
}

function guestFile(name: string): string {
  return readFileSync(guestFilePath(name), 'utf8');
}
