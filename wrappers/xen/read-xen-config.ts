import type { DirectBoot, DomainDescription } from '../../core/model/domain.js';
import { AttituneError } from '../../core/model/errors.js';
import { byPlace } from '../../core/xml/index.js';
import { domainXml } from '../libvirt/domain-xml.js';
import { domainOf, elementAt, parseDomainDocument, serialise } from '../libvirt/domain-xml-document.js';
import { add, ensure, remove, setText } from '../libvirt/domain-xml-editing.js';
import type { Tree } from '../libvirt/domain-xml-editing.js';
import { readDomainXml } from '../libvirt/domain-xml-reader.js';
import type { XenCard, XenDisk } from './devices.js';
import { readSettings } from './settings.js';
import type { XenNote, XenSettings } from './settings.js';
import { readStatements } from './statements.js';

export interface XenImport {
  /** For a host such as `xen:///system`; its `document` is the domain's. Absent where there are errors. */
  readonly description?: DomainDescription;
  /** All that is wrong, each with its place. */
  readonly errors: readonly AttituneError[];
  /** What is right but not understood, and therefore not in the description. */
  readonly notes: readonly XenNote[];
}

/** Reads a configuration file of `xl` or `xm`, the tools of Xen. */
export function readXenConfig(text: string, file: string): XenImport {
  const { statements, errors: unreadable } = readStatements(text, file);
  const { settings, errors: wrong, notes } = readSettings(statements);
  const errors = [...unreadable, ...wrong, ...contradictions(settings, file, unreadable.length + wrong.length > 0)];
  if (errors.length > 0) return { errors: errors.sort(byPlace), notes };
  return { description: readDomainXml(documentOf(settings)), errors, notes };
}

/** `already`: errors were found, and what seems to be missing may be where they are. */
function* contradictions(settings: XenSettings, file: string, already: boolean): Generator<AttituneError> {
  const fault = (message: string) => new AttituneError('value', message, { place: { file, line: 1, column: 1 } });
  const { name, memory, maxmem, vcpus = 1, maxvcpus, kernel, bootloader, disk = [] } = settings;
  if (!already && name === undefined) yield fault('the file has no name. Add name = "…".');
  if (!already && memory === undefined) yield fault('the file has no memory. Add memory = MIB.');
  if (!already && kindOf(settings) !== 'hvm' && kernel === undefined && bootloader === undefined)
    yield fault('nothing says what is booted. Add kernel = "…", bootloader = "pygrub", or type = "hvm".');
  if (memory !== undefined && maxmem !== undefined && maxmem < memory)
    yield fault(`maxmem is ${maxmem}, less than the memory of ${memory}. Raise it.`);
  if (maxvcpus !== undefined && maxvcpus < vcpus)
    yield fault(`maxvcpus is ${maxvcpus}, fewer than the vcpus. Raise it.`);
  const targets = disk.map(({ target }) => target);
  const twice = targets.find((target, index) => targets.indexOf(target) !== index);
  if (twice !== undefined) yield fault(`two disks are ${twice} for the guest. Give each its own device.`);
}

function kindOf({ type, builder }: XenSettings): string {
  return type ?? (builder === 'hvm' ? 'hvm' : 'pv');
}

const OS_TYPES: Readonly<Record<string, string>> = { pv: 'linux', pvh: 'xenpvh', hvm: 'hvm' };
const BOOT_DEVICES: Readonly<Record<string, string>> = { a: 'fd', c: 'hd', d: 'cdrom', n: 'network' };

function documentOf(settings: XenSettings): string {
  const { name = '', uuid, memory = 1, maxmem, vcpus = 1, maxvcpus } = settings;
  const boot = bootOf(settings);
  const plain: DomainDescription = {
    name,
    ...(uuid !== undefined && { uuid }),
    memoryMiB: memory,
    ...(maxmem !== undefined && { maxMemoryMiB: maxmem }),
    vcpus,
    ...(maxvcpus !== undefined && { maxVcpus: maxvcpus }),
    ...(boot && { boot }),
    disks: [],
  };
  const document = parseDomainDocument(domainXml(plain, { type: 'xen' }));
  const domain = domainOf(document);
  const kind = kindOf(settings);
  const os = ensure(domain, 'os');
  setText(os, 'type', OS_TYPES[kind]);
  remove(elementAt(os, 'boot'));
  if (kind === 'hvm')
    for (const letter of settings.boot ?? 'c') add(os, ['boot', { dev: BOOT_DEVICES[letter] as string }]);
  for (const key of ['bootloader', 'bootloader_args', 'on_poweroff', 'on_reboot', 'on_crash'] as const)
    if (settings[key] !== undefined) setText(domain, key, settings[key]);
  if (settings.localtime) ensure(domain, 'clock').setAttribute('offset', 'localtime');
  for (const key of ['acpi', 'apic', 'pae'] as const) if (settings[key]) ensure(ensure(domain, 'features'), key);
  const devices = ensure(domain, 'devices');
  for (const disk of settings.disk ?? []) add(devices, diskTree(disk, kind));
  for (const card of settings.vif ?? []) add(devices, cardTree(card));
  return serialise(document);
}

/** The kernel's command line is as `xl` makes it: its own, or that of `root` and `extra`. */
function bootOf({ kernel, ramdisk = '', root, extra, cmdline }: XenSettings): DirectBoot | undefined {
  if (kernel === undefined) return undefined;
  const words = [root === undefined ? undefined : `root=${root}`, extra].filter((word) => word);
  return { kernel, initrd: ramdisk, commandLine: cmdline ?? words.join(' ') };
}

/** Buses of fully virtualised guests, by the beginning of the device's name; others are Xen's own. */
const BUSES: Readonly<Record<string, string>> = { hd: 'ide', sd: 'scsi', fd: 'fdc' };

function diskTree({ path, format, target, device, readOnly, shared }: XenDisk, kind: string): Tree {
  const block = path.startsWith('/dev/');
  const bus = (kind === 'hvm' ? BUSES[target.slice(0, 2)] : undefined) ?? 'xen';
  return [
    'disk',
    { type: block ? 'block' : 'file', device },
    [
      ['driver', { name: block && format === 'raw' ? 'phy' : 'qemu', type: format }],
      ...(path === '' ? [] : ([['source', { [block ? 'dev' : 'file']: path }]] as const)),
      ['target', { dev: target, bus }],
      ...(readOnly ? ([['readonly']] as const) : []),
      ...(shared ? ([['shareable']] as const) : []),
    ],
  ];
}

function cardTree({ mac, bridge, address, model }: XenCard): Tree {
  return [
    'interface',
    { type: 'bridge' },
    [
      ...(mac === '' ? [] : ([['mac', { address: mac }]] as const)),
      ['source', { bridge }],
      ...(address === undefined ? [] : ([['ip', { address }]] as const)),
      ...(model === undefined ? [] : ([['model', { type: model }]] as const)),
    ],
  ];
}
