import type { HostEntry } from '../../core/model/deployment.js';
import { AttituneError } from '../../core/model/errors.js';
import type { HostNetwork } from '../../core/model/hypervisor.js';
import { parseDurationMs, parseMemoryMiB } from '../../core/model/quantity.js';
import { CPU_MODELS } from './cpu-models.js';

type Entry = Pick<HostEntry, 'name' | 'attributes' | 'place'>;

/** What the attributes of a host say of it; what is absent is as the simulation's settings are. */
export interface HostSettings {
  readonly cpus?: number;
  readonly memoryMiB?: number;
  readonly cpuModel?: string;
  readonly sharing?: string;
  readonly networks?: readonly HostNetwork[];
  readonly bootMs?: number;
}

/**
 * Reads the attributes of a host that count in the simulation: `cpus` (`0.8`), `memory` (`4 GiB`), `cpuModel` (`Haswell`),
 * `storage` (`shared` by its family, or `local`), `bridge`, `network`, and `boot` (`90 s`, from when it is switched on until its hypervisor answers). Throws `value` for a wrong one.
 */
export function hostSettings(entry: Entry & { readonly family?: string }): HostSettings {
  const cpus = cpusOf(entry);
  const { memory, boot } = entry.attributes;
  const cpuModel = oneOf(entry, 'cpuModel', CPU_MODELS);
  const local = oneOf(entry, 'storage', new Set(['shared', 'local'])) === 'local';
  const sharing = local ? `host ${entry.name}` : entry.family;
  return {
    ...(cpus !== undefined && { cpus }),
    ...(memory !== undefined && { memoryMiB: parseMemoryMiB(memory, entry.place) }),
    ...(cpuModel !== undefined && { cpuModel }),
    ...(sharing !== undefined && { sharing }),
    ...(boot !== undefined && { bootMs: parseDurationMs(boot, entry.place) }),
    networks: (['bridge', 'network'] as const).flatMap((kind) => {
      const name = entry.attributes[kind];
      return name === undefined ? [] : [{ kind, name, active: true }];
    }),
  };
}

function cpusOf(entry: Entry): number | undefined {
  const text = entry.attributes['cpus'];
  if (text === undefined) return undefined;
  const cpus = Number(text);
  if (!(cpus > 0) || cpus === Infinity) throw wrong(entry, 'cpus', 'a number of CPUs such as 0.8 or 4');
  return cpus;
}

function oneOf(entry: Entry, attribute: string, allowed: ReadonlySet<string>): string | undefined {
  const text = entry.attributes[attribute];
  if (text === undefined || allowed.has(text)) return text;
  throw wrong(entry, attribute, `one of ${[...allowed].join(', ')}`);
}

function wrong({ name, attributes, place }: Entry, attribute: string, expected: string): AttituneError {
  const message = `Attribute ${attribute} of host ${name} is "${attributes[attribute]}"; give ${expected}.`;
  return new AttituneError('value', message, { place });
}
