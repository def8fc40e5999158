/**
 * What a domain's document may hold. A path names elements from `<domain>` down; `name[type]` is an element whose
 * attribute `type` is that, `name` one with any or none; `@` names an attribute, `*` any one name, and `**` whatever is
 * below. What {@link REFUSED} does not name and {@link HARMLESS} does not either is refused as not known.
 */
import type { Risk } from './submission.js';

export interface Refusal {
  readonly paths: readonly string[];
  readonly risk: Risk;
  /** Values, of the attribute or the text, that are harmless all the same. */
  readonly unless?: RegExp;
}

const SERIAL_PORTS = ['serial', 'console', 'parallel'];

/** Firmware that comes with the distribution: nothing else may be mapped into a guest. */
const FIRMWARE = /^\/usr\/share\/(OVMF|AAVMF|qemu|qemu-efi-aarch64|ovmf|edk2|seabios)\/(?!.*\.\.)[\w./-]+$/;
/** Programs that distributions bring as emulators. */
export const EMULATOR =
  /^\/usr\/(bin\/(qemu-system-\w+|kvm|qemu-kvm)|libexec\/qemu-kvm|lib\/xen(-[\d.]+)?\/bin\/qemu-\w+)$/;

/** The first that fits decides. */
export const REFUSED: readonly Refusal[] = [
  { risk: 'command-line', paths: ['qemu:*', 'xen:*', 'bhyve:*', 'lxc:*'] },
  { risk: 'program', paths: ['bootloader', 'bootloader_args'] },
  { risk: 'program', paths: ['devices/emulator'], unless: EMULATOR },
  { risk: 'program', paths: ['devices/interface/script', 'devices/interface/downscript'] },
  { risk: 'host-file', paths: ['os/loader'], unless: FIRMWARE },
  { risk: 'host-file', paths: ['os/nvram@template'], unless: FIRMWARE },
  {
    risk: 'host-file',
    paths: ['os/kernel', 'os/initrd', 'os/dtb', 'os/acpi/table', 'os/nvram', 'os/shim', 'sysinfo[fwcfg]'],
  },
  { risk: 'host-file', paths: ['on_crash'], unless: /^(destroy|restart|preserve|rename-restart)$/ },
  {
    risk: 'host-file',
    paths: ['devices/watchdog@action'],
    unless: /^(reset|shutdown|poweroff|pause|none|inject-nmi)$/,
  },
  {
    risk: 'host-file',
    paths: ['devices/interface/backend@tap', 'devices/interface/backend@vhost', 'devices/tpm/backend/source'],
  },
  { risk: 'confinement', paths: ['seclabel@type'], unless: /^dynamic$/ },
  { risk: 'confinement', paths: ['seclabel@relabel'], unless: /^yes$/ },
  { risk: 'confinement', paths: ['seclabel/baselabel', 'devices/*/**/seclabel', 'devices/*/seclabel'] },
  { risk: 'tuning', paths: ['cputune', 'numatune', 'blkiotune', 'memtune', 'iothreadids', 'resource', 'vcpu@cpuset'] },
  {
    risk: 'shared-memory',
    paths: ['memoryBacking/source', 'memoryBacking/access', 'cpu/numa/cell@memAccess', 'devices/shmem'],
  },
  { risk: 'tuning', paths: ['memoryBacking/hugepages', 'memoryBacking/locked', 'memoryBacking/allocation'] },
  {
    risk: 'hostdev',
    paths: ['devices/hostdev', 'devices/interface[hostdev]', 'devices/disk[nvme]', 'devices/smartcard'],
  },
  { risk: 'hostdev', paths: ['devices/tpm/backend[passthrough]', 'devices/video/**@rendernode'] },
  { risk: 'filesystem', paths: ['devices/filesystem', 'devices/disk[dir]'] },
  { risk: 'vhost-user', paths: ['devices/disk[vhostuser]', 'devices/disk[vhostvdpa]', 'devices/interface[vhostuser]'] },
  { risk: 'vhost-user', paths: ['devices/video/driver@name'], unless: /^qemu$/ },
  { risk: 'block', paths: ['devices/disk[block]', 'devices/disk@rawio', 'devices/disk@sgio'] },
  { risk: 'block', paths: ['devices/disk@device'], unless: /^(disk|cdrom|floppy)$/ },
  { risk: 'foreign-disk', paths: ['devices/disk[volume]', 'devices/disk/mirror', 'devices/disk/backingStore/source'] },
  { risk: 'network-disk', paths: ['devices/disk@type'], unless: /^file$/ },
  { risk: 'host-network', paths: ['devices/interface@type'], unless: /^(bridge|network)$/ },
  { risk: 'host-network', paths: ['devices/interface@trustGuestRxFilters'], unless: /^no$/ },
  {
    risk: 'host-network',
    paths: [
      'devices/interface/source@portgroup',
      'devices/interface/vlan',
      'devices/interface/virtualport',
      'devices/vsock',
    ],
  },
  {
    risk: 'display',
    paths: [
      'devices/graphics',
      'devices/sound',
      'devices/audio',
      'devices/input[evdev]',
      'devices/input[passthrough]',
      'devices/input/source',
    ],
  },
  { risk: 'character', paths: ['devices/redirdev', 'devices/tpm/backend[external]'] },
  { risk: 'character', paths: ['devices/rng/backend@model'], unless: /^(random|builtin)$/ },
  { risk: 'character', paths: ['devices/rng/backend'], unless: /^(\/dev\/u?random)?$/ },
  { risk: 'character', paths: ['devices/channel[unix]/source@path', ...ports('*/log')] },
  { risk: 'character', paths: ['devices/channel@type'], unless: /^(unix|spicevmc|qemu-vdagent|pty|null)$/ },
  { risk: 'character', paths: SERIAL_PORTS.map((kind) => `devices/${kind}@type`), unless: /^(pty|null)$/ },
];

/** Elements with all their attributes, unless they are named; texts are free. */
export const HARMLESS: readonly string[] = [
  ...['@type', '@id', 'name', 'uuid', 'genid', 'title', 'description', 'metadata/**'],
  ...[
    'memory',
    'currentMemory',
    'maxMemory',
    'vcpu',
    'vcpus/**',
    'iothreads',
    'memoryBacking',
    'memoryBacking/nosharepages',
  ],
  ...[
    'memoryBacking/discard',
    'os',
    'os/type',
    'os/loader',
    'os/nvram',
    'os/boot',
    'os/bootmenu',
    'os/smbios',
    'os/bios',
  ],
  ...['os/cmdline', 'os/firmware/**', 'sysinfo[smbios]/**', 'features/**', 'cpu/**', 'clock/**', 'pm/**'],
  ...['on_poweroff', 'on_reboot', 'on_crash', 'on_lockfailure', 'seclabel', 'seclabel/label', 'seclabel/imagelabel'],
  ...[
    'devices',
    'devices/emulator',
    'devices/disk@type',
    'devices/disk@device',
    'devices/disk@snapshot',
    'devices/disk@model',
  ],
  ...[
    'driver/**',
    'source@file',
    'source@index',
    'source@startupPolicy',
    'backingStore@type',
    'backingStore/format',
  ].map(disk),
  ...['target', 'iotune/**', 'readonly', 'shareable', 'transient', 'serial', 'wwn', 'vendor', 'product', 'boot'].map(
    disk,
  ),
  ...['address/**', 'alias', 'geometry', 'blockio'].map(disk),
  ...['devices/controller/**', 'devices/interface@type', 'devices/interface@trustGuestRxFilters'],
  ...['source@network', 'source@bridge', 'source@portid', 'mac', 'target@dev', 'target@managed', 'model', 'guest'].map(
    card,
  ),
  ...['driver/**', 'link', 'mtu', 'coalesce/**', 'bandwidth/**', 'filterref/**', 'boot', 'rom@bar', 'rom@enabled'].map(
    card,
  ),
  ...['address/**', 'alias', 'tune/**', 'acpi', 'port'].map(card),
  ...['*', '*/target/**', '*/source@path', '*/source@channel', '*/source/clipboard', '*/source/mouse'].flatMap(ports),
  ...['*/address', '*/alias', '*/protocol', '*/acpi'].flatMap(ports),
  ...['devices/rng/**', 'devices/tpm/**', 'devices/watchdog/**', 'devices/memballoon/**', 'devices/panic/**'],
  ...['devices/iommu/**', 'devices/video/**', 'devices/input/**', 'devices/hub/**', 'devices/redirfilter/**'],
  ...['devices/nvram/**', 'devices/crypto/**'],
];

function disk(path: string): string {
  return `devices/disk/${path}`;
}

function card(path: string): string {
  return `devices/interface/${path}`;
}

function ports(pattern: string): string[] {
  return [...SERIAL_PORTS, 'channel'].map((kind) => `devices/${pattern.replace('*', kind)}`);
}
