import type { PowerCurve, PowerSettings } from '../../core/model/power.js';
import { AttituneError, type SourcePlace } from '../../core/model/errors.js';
import { parseInteger } from '../../core/model/quantity.js';
import { attributeOf, placeOf, type AttributeRule, type XmlElement } from '../../core/xml/index.js';
import type { Collector } from '../collect.js';

type Way = PowerSettings['by'];

/** Which attributes each way of switching takes; those with `true` it needs. */
const WAYS: Readonly<Record<Way, Readonly<Record<string, boolean>>>> = {
  ipmi: { powerAddress: true, powerUser: true, powerPasswordFile: true },
  'wake-on-lan': { mac: true, powerBroadcast: false, powerPort: false },
  command: { powerOn: true, powerOff: true, powerState: false },
};

const MAC = /^[0-9A-Fa-f]{2}([:-][0-9A-Fa-f]{2}){5}$/;
const IPV4 = /^([0-9]{1,3}\.){3}[0-9]{1,3}$/;
/** The port of the discard service, where such packets go by custom. */
const WAKE_PORT = 9;
const EVERYBODY = '255.255.255.255';

/** Attributes of `<host>`, and of `<hosts>` for all of the family; `{host}` in one stands for the host's name. */
export const POWER_ATTRIBUTES: readonly AttributeRule[] = [
  {
    name: 'power',
    description: 'How it is switched off and on: ipmi, wake-on-lan, or command. Not at all unless told.',
    values: Object.keys(WAYS),
  },
  { name: 'powerAddress', description: 'Of ipmi: the address of its management controller; {host} is its name.' },
  { name: 'powerUser', description: 'Of ipmi: the user there.' },
  { name: 'powerPasswordFile', description: 'Of ipmi: a file with the password and nothing else, on the manager.' },
  {
    name: 'mac',
    description: 'Of wake-on-lan: the address of its network card.',
    pattern: MAC,
    form: 'such as 52:54:00:12:34:56',
  },
  {
    name: 'powerBroadcast',
    description: 'Of wake-on-lan: where the packet is sent; 255.255.255.255 unless told.',
    pattern: IPV4,
    form: 'an IPv4 address such as 10.0.0.255',
  },
  { name: 'powerPort', description: 'Of wake-on-lan: the UDP port; 9 unless told.', type: 'integer' },
  { name: 'powerOn', description: 'Of command: a program that switches it on, with arguments; {host} is its name.' },
  { name: 'powerOff', description: 'Of command: a program that shuts it down in order.' },
  { name: 'powerState', description: 'Of command: a program that prints on or off. Nobody can tell unless told.' },
  {
    name: 'watts',
    description: 'What it draws at equal steps of CPU use from 0 to 100 %, such as "86 89.4 … 117"; for energy.',
    pattern: /^\s*[0-9]+(\.[0-9]+)?(\s+[0-9]+(\.[0-9]+)?)+\s*$/,
    form: 'two numbers or more with spaces between them, such as "86 99 117"',
  },
  {
    name: 'offWatts',
    description: 'What it draws when it is switched off; 0 unless told.',
    pattern: /^\s*[0-9]+(\.[0-9]+)?\s*$/,
    form: 'a number such as 5',
  },
];

export interface HostPower {
  readonly power?: PowerSettings;
  readonly curve?: PowerCurve;
}

/** What a host and its family say of power, the host's own word first. What is wrong goes to the collector. */
export function hostPower(host: XmlElement, family: XmlElement, name: string, collector: Collector): HostPower {
  const of = (attribute: string) => {
    const element = attributeOf(host, attribute) === undefined ? family : host;
    const text = attributeOf(element, attribute)?.replaceAll('{host}', name);
    return text === undefined ? undefined : { text, place: placeOf(element, attribute) };
  };
  const curve = curveOf(of);
  const power = collector.attempt<PowerSettings | undefined>(() => settingsOf(name, host, of, collector), undefined);
  return { ...(power && { power }), ...(curve && { curve }) };
}

type Told = (attribute: string) => { readonly text: string; readonly place: SourcePlace } | undefined;

/** The form of the numbers is the grammar's to check. */
function curveOf(of: Told): PowerCurve | undefined {
  const watts = of('watts')?.text.trim().split(/\s+/).map(Number);
  if (!watts || watts.length < 2 || watts.some(Number.isNaN)) return undefined;
  const offWatts = Number(of('offWatts')?.text ?? 0);
  return { watts, ...(offWatts > 0 ? { offWatts } : {}) };
}

function settingsOf(name: string, host: XmlElement, of: Told, collector: Collector): PowerSettings | undefined {
  const way = of('power');
  const known = way && Object.hasOwn(WAYS, way.text) ? WAYS[way.text as Way] : undefined;
  for (const attribute of Object.keys(Object.assign({}, ...Object.values(WAYS)) as object)) {
    const own = attributeOf(host, attribute) !== undefined;
    if (!own || known?.[attribute] !== undefined || (way && !known)) continue;
    const what = way ? `power="${way.text}" takes no ${attribute}` : `${attribute} says nothing without power="…"`;
    collector.add('xml-attribute', `of the host ${name}: ${what}.`, placeOf(host, attribute));
  }
  if (!way || !known) return undefined;
  const missing = Object.keys(known).filter((attribute) => known[attribute] === true && !of(attribute)?.text.trim());
  if (missing.length > 0)
    throw new AttituneError(
      'xml-attribute',
      `power="${way.text}" needs ${missing.map((attribute) => `${attribute}="…"`).join(' and ')} of the host ${name}, or of its family.`,
      { place: way.place },
    );
  const text = (attribute: string) => of(attribute)?.text.trim() ?? '';
  switch (way.text as Way) {
    case 'ipmi':
      return {
        by: 'ipmi',
        address: text('powerAddress'),
        user: text('powerUser'),
        passwordFile: text('powerPasswordFile'),
      };
    case 'wake-on-lan': {
      const port = of('powerPort');
      return {
        by: 'wake-on-lan',
        mac: text('mac').toLowerCase(),
        broadcast: text('powerBroadcast') || EVERYBODY,
        port: port ? parseInteger(port.text, port.place, { min: 1, max: 65_535 }) : WAKE_PORT,
      };
    }
    case 'command': {
      const state = wordsOf(text('powerState'));
      return {
        by: 'command',
        on: wordsOf(text('powerOn')),
        off: wordsOf(text('powerOff')),
        ...(state.length > 0 ? { state } : {}),
      };
    }
  }
}

/** The program and its arguments; what holds white space stands in double quotes. */
function wordsOf(command: string): readonly string[] {
  return [...command.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '');
}
