import { AttituneError } from '../../core/model/errors.js';
import type { DomainRequest } from '../../core/model/infrastructure.js';
import { parseInteger, parseMemoryMiB } from '../../core/model/quantity.js';

const VCPUS = { min: 1, max: 512 };

/** The size of a machine as its attributes give it; an empty maximum is none. */
export interface SizeTexts {
  readonly memory: string;
  readonly vcpus: string;
  readonly maxMemory: string;
  readonly maxVcpus: string;
}

/** What a domain is made with. Throws `value` for a text that is no size, and for a maximum below what it begins with. */
export function sizesOf(texts: SizeTexts): Pick<DomainRequest, 'memoryMiB' | 'maxMemoryMiB' | 'vcpus' | 'maxVcpus'> {
  const { memory, vcpus, maxMemory, maxVcpus } = texts;
  const size = { memoryMiB: parseMemoryMiB(memory), vcpus: parseInteger(vcpus, undefined, VCPUS) };
  const maximum = {
    ...(maxMemory === '' ? {} : { maxMemoryMiB: parseMemoryMiB(maxMemory) }),
    ...(maxVcpus === '' ? {} : { maxVcpus: parseInteger(maxVcpus, undefined, VCPUS) }),
  };
  mustReach('maxMemory', maxMemory, maximum.maxMemoryMiB, 'memory', memory, size.memoryMiB);
  mustReach('maxVcpus', maxVcpus, maximum.maxVcpus, 'vcpus', vcpus, size.vcpus);
  return { ...size, ...maximum };
}

function mustReach(
  most: string,
  mostText: string,
  maximum: number | undefined,
  name: string,
  text: string,
  value: number,
): void {
  if (maximum === undefined || maximum >= value) return;
  throw new AttituneError(
    'value',
    `${most} (${mostText}) is below ${name} (${text}): raise the one, or lower the other.`,
  );
}
