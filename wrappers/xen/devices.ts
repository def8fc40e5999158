/** The disks and cards of a Xen configuration file (the pages xl-disk-configuration and xl-network-configuration). */
import { AttituneError } from '../../core/model/errors.js';
import type { XenText } from './statements.js';

export interface XenDisk {
  readonly path: string;
  readonly format: 'raw' | 'qcow2';
  /** As the guest sees it: `xvda`, `sda1` … */
  readonly target: string;
  readonly device: 'disk' | 'cdrom';
  readonly readOnly: boolean;
  readonly shared: boolean;
}

export interface XenCard {
  readonly mac: string;
  readonly bridge: string;
  readonly address?: string;
  readonly model?: string;
}

export type Tell = (key: string) => void;

const VIRTUAL_DEVICE = /^(?:\/dev\/)?((?:xvd|hd|sd|fd)[a-z]{1,2}\d*)(:cdrom|:disk|:)?$/;
/** Prefixes of older files; they name the way to the file, or its format. */
const PREFIX = /^(phy|file|tap2?|aio|tapdisk|sync|ram|raw|qcow2?|vhd|vmdk|vdi|qed):/;
const PREFIX_FORMATS = new Set(['qcow', 'qcow2', 'vhd', 'vmdk', 'vdi', 'qed']);
const POSITIONS = { old: ['target', 'vdev', 'access'], new: ['target', 'format', 'vdev', 'access'] } as const;
const ACCESS: Readonly<Record<string, { readOnly: boolean; shared: boolean }>> = {
  '': { readOnly: false, shared: false },
  w: { readOnly: false, shared: false },
  rw: { readOnly: false, shared: false },
  r: { readOnly: true, shared: false },
  ro: { readOnly: true, shared: false },
  'w!': { readOnly: false, shared: true },
  '!': { readOnly: false, shared: true },
};
const DISK_KEYS = ['target', 'format', 'vdev', 'access', 'devtype'];

/** Reads one entry of `disk`, in the way of `xm` or of `xl`. `ignored` is called with each key that is left out. */
export function readDisk({ text, place }: XenText, ignored: Tell): XenDisk {
  const fault = (what: string) =>
    new AttituneError('value', `the disk "${text}" ${what}. Write it such as "phy:/dev/vg/disk,xvda,w".`, { place });
  const parts = settingsOf(text);
  let path = parts.get('target') ?? '';
  let format = parts.get('format') ?? '';
  for (let prefix = PREFIX.exec(path); prefix; prefix = PREFIX.exec(path)) {
    path = path.slice(prefix[0].length);
    if (PREFIX_FORMATS.has(prefix[1] as string)) format = prefix[1] as string;
  }
  if (format === '') format = 'raw';
  if (format !== 'raw' && format !== 'qcow2') throw fault(`is in the format ${format}; only raw and qcow2 are taken`);
  const device = VIRTUAL_DEVICE.exec(parts.get('vdev') ?? '');
  if (!device) throw fault(`names no device of the guest`);
  const access = ACCESS[parts.get('access') ?? ''];
  if (!access) throw fault(`has the access "${parts.get('access')}", which is none of r, w, ro, rw and w!`);
  const isCd = device[2] === ':cdrom' || parts.get('devtype') === 'cdrom' || parts.has('cdrom');
  if (!path.startsWith('/') && !(isCd && path === '')) throw fault('has no absolute path');
  for (const key of parts.keys()) if (![...DISK_KEYS, 'cdrom'].includes(key)) ignored(`disk ${key}`);
  return {
    path,
    format,
    target: device[1] as string,
    device: isCd ? 'cdrom' : 'disk',
    ...access,
    readOnly: isCd || access.readOnly,
  };
}

/** The parts by their names; those without one are in the order of `xm`, where the second is a device, or of `xl`. */
function settingsOf(text: string): Map<string, string> {
  const settings = new Map<string, string>();
  // a target that is named may hold commas: it is the last
  const [, before = text, target] = /^(.*?)\btarget\s*=(.*)$/s.exec(text) ?? [];
  const parts = before.split(',').map((part) => part.trim());
  if (target !== undefined) {
    settings.set('target', target.trim());
    if (parts.at(-1) === '') parts.pop();
  }
  const unnamed: string[] = [];
  for (const part of parts) {
    const named = /^([a-z-]+)\s*=\s*(.*)$/.exec(part);
    if (named) settings.set(named[1] as string, named[2] as string);
    else if (/^(cdrom|discard|no-discard|direct-io-safe)$/.test(part)) settings.set(part, '');
    else unnamed.push(part);
  }
  const order = VIRTUAL_DEVICE.test(unnamed[1] ?? '') ? POSITIONS.old : POSITIONS.new;
  unnamed.forEach((part, index) => {
    const key = order[index] ?? part;
    if (part !== '' && !settings.has(key)) settings.set(key, part);
  });
  return settings;
}

const MAC = /^[0-9a-f][02468ace](:[0-9a-f]{2}){5}$/i;
/** What a card is like is the guest's own affair for a paravirtual one. */
const CARD_KEYS = ['mac', 'bridge', 'ip', 'model', 'type'];
const DEFAULT_BRIDGE = 'xenbr0';

/** Reads one entry of `vif`. `ignored` is called with each key that is left out. */
export function readCard({ text, place }: XenText, ignored: Tell): XenCard {
  const fault = (what: string) =>
    new AttituneError('value', `the card "${text}" ${what}. Write it such as "mac=00:16:3e:00:00:01,bridge=xenbr0".`, {
      place,
    });
  const settings = new Map<string, string>();
  for (const part of text
    .split(',')
    .map((one) => one.trim())
    .filter(Boolean)) {
    const [, key, value] = /^([a-z_-]+)\s*=\s*(.*)$/.exec(part) ?? [];
    if (key === undefined) throw fault(`has "${part}", which is no KEY=VALUE`);
    settings.set(key, value as string);
    if (!CARD_KEYS.includes(key)) ignored(`vif ${key}`);
  }
  const mac = (settings.get('mac') ?? '').toLowerCase();
  if (mac !== '' && !MAC.test(mac)) throw fault(`has "${mac}", which is no address of a card`);
  const bridge = settings.get('bridge') ?? DEFAULT_BRIDGE;
  if (!/^[\w.:-]{1,15}$/.test(bridge)) throw fault(`has "${bridge}", which is no name of a bridge`);
  const [address, model] = [settings.get('ip'), settings.get('model')];
  return { mac, bridge, ...(address && { address }), ...(model && { model }) };
}
