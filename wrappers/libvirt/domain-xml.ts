/** Writer of libvirt's domain documents (`https://libvirt.org/formatdomain.html`). */
import XMLBuilder from 'fast-xml-builder';
import { AttituneError } from '../../core/model/errors.js';
import type { DiskDescription, DomainDescription } from '../../core/model/hypervisor.js';

/** What of a domain's document depends on the host and not on the domain. */
export interface DomainDialect {
  /** `kvm`, `qemu` or `test`. */
  readonly type: string;
  /** Host cache of the disks. Live migration without shared cluster storage needs `none`, which is the default. */
  readonly diskCache?: DiskCache;
  /** Give the guest 8 KiB more than asked for; see {@link unevenMemory}. */
  readonly unevenMemory?: boolean;
}

export type DiskCache = 'none' | 'writeback' | 'writethrough' | 'directsync' | 'unsafe';

/** CPU models that are modes of libvirt rather than names of processors. */
const CPU_MODES = new Set(['host-model', 'host-passthrough', 'maximum']);
const DEFAULT_CPU: Readonly<Record<string, string>> = { kvm: 'host-model', qemu: 'qemu64' };
const DISK_LETTERS = 'abcdefghijklmnopqrstuvwxyz';

const builder = new XMLBuilder({
  ignoreAttributes: false,
  attributeNamePrefix: '@',
  format: true,
  suppressEmptyNode: true,
});

/** The document of a domain. Throws `value` where the description cannot be a domain. */
export function domainXml(description: DomainDescription, dialect: DomainDialect): string {
  check(description);
  return builder.build({
    domain: {
      '@type': dialect.type,
      ...(dialect.unevenMemory && { '@xmlns:qemu': QEMU_NAMESPACE }),
      name: description.name,
      ...(description.uuid && { uuid: description.uuid }),
      memory: { '@unit': 'MiB', '#text': description.memoryMiB },
      vcpu: description.vcpus,
      os: operatingSystem(description, dialect),
      features: { acpi: '', apic: '' },
      ...cpu(description, dialect),
      clock: { '@offset': 'utc' },
      on_poweroff: 'destroy',
      on_reboot: 'restart',
      on_crash: 'destroy',
      devices: devices(description, dialect),
      ...(dialect.unevenMemory && unevenMemory(description)),
    },
  });
}

const QEMU_NAMESPACE = 'http://libvirt.org/schemas/domain/qemu/1.0';
const MEMORY_ID = 'attitune.ram';

/**
 * QEMU before 9.0 loses writes of a software-emulated guest while it migrates: where the size of its memory is a multiple
 * of 256 KiB (64 pages, one word of the dirty bitmap), reading that bitmap leaves the emulated TLB as it is, and writes
 * through it are not seen until it happens to be flushed (QEMU commit 03bfc2188f, "physmem: Fix migration dirty bitmap
 * coherency with TCG memory access"). 8 KiB more make it read the bitmap page by page, which does it right. libvirt counts
 * in MiB, so the memory is replaced on QEMU's command line.
 */
function unevenMemory({ memoryMiB }: DomainDescription) {
  const kiB = memoryMiB * 1024 + 8;
  const memory = `memory-backend-ram,id=${MEMORY_ID},size=${kiB * 1024}`;
  const args = ['-object', memory, '-m', `${kiB}k`, '-machine', `memory-backend=${MEMORY_ID}`];
  return { 'qemu:commandline': { 'qemu:arg': args.map((value) => ({ '@value': value })) } };
}

function operatingSystem({ boot }: DomainDescription, { type }: DomainDialect) {
  return {
    type: type === 'test' ? 'hvm' : { '@machine': 'q35', '#text': 'hvm' },
    ...(boot ? { kernel: boot.kernel, initrd: boot.initrd, cmdline: boot.commandLine } : { boot: { '@dev': 'hd' } }),
  };
}

function cpu({ cpuModel }: DomainDescription, { type }: DomainDialect) {
  const model = cpuModel ?? DEFAULT_CPU[type];
  if (model === undefined) return {};
  if (CPU_MODES.has(model)) return { cpu: { '@mode': model } };
  return {
    cpu: { '@mode': 'custom', '@match': 'exact', '@check': 'none', model: { '@fallback': 'forbid', '#text': model } },
  };
}

function devices(description: DomainDescription, dialect: DomainDialect) {
  const { disks, networks = [], consoleLog } = description;
  return {
    disk: disks.map((one, index) => disk(one, index, dialect)),
    controller: { '@type': 'usb', '@model': 'none' },
    interface: networks.map(({ mac, bridge, network }) => ({
      '@type': bridge === undefined ? 'network' : 'bridge',
      mac: { '@address': mac },
      source: bridge === undefined ? { '@network': network } : { '@bridge': bridge },
      model: { '@type': 'virtio' },
    })),
    ...(consoleLog && {
      serial: { '@type': 'file', source: { '@path': consoleLog, '@append': 'on' }, target: { '@port': 0 } },
    }),
    channel: { '@type': 'unix', target: { '@type': 'virtio', '@name': 'org.qemu.guest_agent.0' } },
    memballoon: { '@model': 'virtio' },
    rng: { '@model': 'virtio', backend: { '@model': 'random', '#text': '/dev/urandom' } },
  };
}

function disk({ path, format, readOnly }: DiskDescription, index: number, { diskCache = 'none' }: DomainDialect) {
  return {
    '@type': 'file',
    '@device': 'disk',
    driver: { '@name': 'qemu', '@type': format, '@cache': diskCache },
    source: { '@file': path },
    target: { '@dev': `vd${DISK_LETTERS[index]}`, '@bus': 'virtio' },
    ...(readOnly && { readonly: '', shareable: '' }),
  };
}

/** Characters that XML 1.0 cannot hold, or that attribute values and C strings do not keep. */
const UNWRITABLE =
  /[\u0000-\u001f\u007f-\u009f\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;

function check(description: DomainDescription): void {
  const { name, memoryMiB, vcpus, disks, boot, networks = [] } = description;
  const bad = (what: string) => new AttituneError('value', `The domain ${JSON.stringify(name)} cannot be: ${what}.`);
  if (name.trim() === '' || name.includes('/')) throw bad('a name must not be empty nor have a "/" in it');
  if (!Number.isInteger(memoryMiB) || memoryMiB < 1) throw bad(`${memoryMiB} MiB of memory`);
  if (!Number.isInteger(vcpus) || vcpus < 1) throw bad(`${vcpus} virtual CPUs`);
  if (disks.length > DISK_LETTERS.length)
    throw bad(`${disks.length} disks, at most ${DISK_LETTERS.length} are possible`);
  const texts = [
    name,
    description.uuid,
    description.cpuModel,
    description.consoleLog,
    boot?.kernel,
    boot?.initrd,
    boot?.commandLine,
    ...networks.flatMap(({ mac, bridge, network }) => [mac, bridge, network]),
    ...disks.map((one) => one.path),
  ];
  const unwritable = texts.find((text) => text !== undefined && UNWRITABLE.test(text));
  if (unwritable !== undefined) throw bad(`${JSON.stringify(unwritable)} has a control character in it`);
}
