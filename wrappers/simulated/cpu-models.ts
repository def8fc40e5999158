import { AttituneError } from '../../core/model/errors.js';
import type { CpuComparison } from '../../core/model/hypervisor.js';

/** Models by vendor, each able to do all that the ones before it can; `qemu64` runs on every host. Names are libvirt's. */
const LINES: readonly (readonly string[])[] = [
  ['qemu64', 'Nehalem', 'SandyBridge', 'Haswell', 'Skylake-Server', 'Cascadelake-Server', 'Icelake-Server'],
  ['qemu64', 'Opteron_G3', 'EPYC', 'EPYC-Rome', 'EPYC-Milan'],
];

/** Modes of libvirt: the domain takes what its host has. */
const HOST_MODES: ReadonlySet<string> = new Set(['host-model', 'host-passthrough', 'maximum']);

export const CPU_MODELS: ReadonlySet<string> = new Set(LINES.flat());

/** What a domain that starts on a host of model `host` asks of every later host. */
export function modelAtStart(asked: string | undefined, host: string): string {
  return asked === undefined || HOST_MODES.has(asked) ? host : asked;
}

/** How a host of model `host` relates to the model `asked`. Throws `hypervisor` for a model that is not known. */
export function compareModels(host: string, asked: string): CpuComparison {
  if (!CPU_MODELS.has(asked)) {
    throw new AttituneError(
      'hypervisor',
      `The CPU model "${asked}" is not known; there are ${[...CPU_MODELS].join(', ')}.`,
    );
  }
  if (host === asked) return 'identical';
  const above = LINES.some((line) => line.includes(asked) && line.indexOf(host) > line.indexOf(asked));
  return above ? 'superset' : 'incompatible';
}
