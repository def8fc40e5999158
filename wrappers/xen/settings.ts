import { AttituneError } from '../../core/model/errors.js';
import { UNWRITABLE } from '../libvirt/domain-xml-check.js';
import { checkDomainName } from '../vm/identity/index.js';
import { readCard, readDisk } from './devices.js';
import type { Tell, XenCard, XenDisk } from './devices.js';
import type { XenStatement, XenText } from './statements.js';

/** What a configuration file says, as far as it is understood. */
export interface XenSettings {
  name?: string;
  uuid?: string;
  memory?: number;
  maxmem?: number;
  vcpus?: number;
  maxvcpus?: number;
  kernel?: string;
  ramdisk?: string;
  root?: string;
  extra?: string;
  cmdline?: string;
  bootloader?: string;
  bootloader_args?: string;
  /** `pv`, `pvh` or `hvm`; `builder` says the same in older words. */
  type?: string;
  builder?: string;
  boot?: string;
  disk?: readonly XenDisk[];
  vif?: readonly XenCard[];
  on_poweroff?: string;
  on_reboot?: string;
  on_crash?: string;
  localtime?: boolean;
  acpi?: boolean;
  apic?: boolean;
  pae?: boolean;
}

type Reader<T> = (value: XenText, ignored: Tell) => T;
const bad = ({ place }: XenText, message: string) => new AttituneError('value', message, { place });

const text: Reader<string> = (value) => value.text;

const path: Reader<string> = (value) => {
  if (value.text.startsWith('/')) return value.text;
  throw bad(value, `${JSON.stringify(value.text)} is no absolute path of a file of the host.`);
};

const name: Reader<string> = (value) => {
  try {
    return checkDomainName(value.text);
  } catch (error) {
    throw bad(value, (error as AttituneError).message);
  }
};

const uuid: Reader<string> = (value) => {
  if (/^[0-9a-f]{8}(-?[0-9a-f]{4}){3}-?[0-9a-f]{12}$/i.test(value.text)) return value.text.toLowerCase();
  throw bad(value, `${JSON.stringify(value.text)} is no UUID.`);
};

function count(what: string): Reader<number> {
  return (value) => {
    const number = Number(value.text);
    if (/^(0[xX][\da-fA-F]+|\d+)$/.test(value.text) && number >= 1 && Number.isSafeInteger(number)) return number;
    throw bad(value, `${JSON.stringify(value.text)} is no number of ${what}: write a whole number above 0.`);
  };
}

const flag: Reader<boolean> = (value) => {
  if (/^[01]$/.test(value.text)) return value.text === '1';
  throw bad(value, `${JSON.stringify(value.text)} is neither 0 nor 1.`);
};

function oneOf(...words: readonly string[]): Reader<string> {
  return (value) => {
    if (words.includes(value.text)) return value.text;
    throw bad(value, `${JSON.stringify(value.text)} is not known here: write ${words.join(', ')}.`);
  };
}

const ACTIONS = ['destroy', 'restart', 'rename-restart', 'preserve'];
const onCrash = oneOf(...ACTIONS, 'coredump-destroy', 'coredump-restart');

const ONE: { readonly [Key in Exclude<keyof XenSettings, 'disk' | 'vif'>]-?: Reader<Required<XenSettings>[Key]> } = {
  name,
  uuid,
  memory: count('MiB of memory'),
  maxmem: count('MiB of memory'),
  vcpus: count('virtual CPUs'),
  maxvcpus: count('virtual CPUs'),
  kernel: path,
  ramdisk: path,
  root: text,
  extra: text,
  cmdline: text,
  bootloader: (value) => (value.text.startsWith('/') ? path(value, () => undefined) : bootloader(value)),
  bootloader_args: text,
  type: oneOf('pv', 'pvh', 'hvm'),
  builder: oneOf('linux', 'generic', 'hvm'),
  boot: (value) => {
    if (/^[acdn]{1,4}$/.test(value.text)) return value.text;
    throw bad(value, `${JSON.stringify(value.text)} is no order of booting: write letters such as "c", "d", "n".`);
  },
  on_poweroff: oneOf(...ACTIONS),
  on_reboot: oneOf(...ACTIONS),
  on_crash: onCrash,
  localtime: flag,
  acpi: flag,
  apic: flag,
  pae: flag,
};

const LISTS = { disk: readDisk, vif: readCard } as const;

function bootloader(value: XenText): string {
  if (/^[\w.-]+$/.test(value.text)) return `/usr/bin/${value.text}`;
  throw bad(value, `${JSON.stringify(value.text)} is no program.`);
}

/** Something of the file that is not carried over. */
export interface XenNote {
  readonly message: string;
  readonly place: XenStatement['place'];
}

export interface SettingsRead {
  readonly settings: XenSettings;
  readonly errors: readonly AttituneError[];
  readonly notes: readonly XenNote[];
}

/** What the statements say. Errors are all that is wrong; notes are what is not understood, and lost. */
export function readSettings(statements: readonly XenStatement[]): SettingsRead {
  const settings: Record<string, unknown> = {};
  const errors: AttituneError[] = [];
  const notes: XenNote[] = [];
  for (const { key, place, value } of statements) {
    const note = (message: string) => notes.push({ message, place });
    const ignored = (what: string) => note(`"${what}" is not understood and left out.`);
    const list = Object.hasOwn(LISTS, key) ? LISTS[key as keyof typeof LISTS] : undefined;
    const one = Object.hasOwn(ONE, key) ? (ONE[key as keyof typeof ONE] as Reader<unknown>) : undefined;
    if (!list && !one) {
      ignored(key);
      continue;
    }
    if (key in settings) note(`"${key}" is told again: this one counts.`);
    const values = Array.isArray(value) ? (value as readonly XenText[]) : [value as XenText];
    const read: unknown[] = [];
    for (const each of values) {
      try {
        if (UNWRITABLE.test(each.text)) throw bad(each, `${JSON.stringify(each.text)} has a control character in it.`);
        read.push((list ?? one)?.(each, ignored));
      } catch (error) {
        errors.push(AttituneError.from(error));
      }
    }
    if (one && Array.isArray(value))
      errors.push(new AttituneError('value', `"${key}" is one value, not a list. Write ${key} = VALUE.`, { place }));
    settings[key] = list ? read : read[0];
  }
  return { settings: settings, errors, notes };
}
