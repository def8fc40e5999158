import type { DomainDescription, NetworkDescription } from '../../core/model/domain.js';
import { AttituneError } from '../../core/model/errors.js';
import { MOST_DISKS } from './domain-xml-disks.js';

/** Characters that XML 1.0 cannot hold, or that attribute values and C strings do not keep. */
export const UNWRITABLE =
  /[\u0000-\u001f\u007f-\u009f\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;

/** The first byte of a card's own address is even: an odd one is that of a group. */
const MAC = /^[0-9a-f][02468ace](:[0-9a-f]{2}){5}$/i;

/** Throws `value` where a description cannot be a domain. */
export function checkDescription(description: DomainDescription): void {
  const reason = [...reasons(description)][0];
  if (reason === undefined) return;
  throw new AttituneError('value', `The domain ${JSON.stringify(description.name)} cannot be: ${reason}.`);
}

function* reasons(description: DomainDescription): Generator<string> {
  const { name, memoryMiB, maxMemoryMiB = memoryMiB, vcpus, maxVcpus = vcpus, disks, networks = [] } = description;
  if (name.trim() === '' || name.includes('/')) yield 'a name must not be empty nor have a "/" in it';
  if (!isCount(memoryMiB)) yield `${memoryMiB} MiB of memory`;
  if (!isCount(vcpus)) yield `${vcpus} virtual CPUs`;
  if (!isCount(maxMemoryMiB) || maxMemoryMiB < memoryMiB)
    yield `at most ${maxMemoryMiB} MiB of memory, which must be no less than its ${memoryMiB} MiB`;
  if (!isCount(maxVcpus) || maxVcpus < vcpus)
    yield `at most ${maxVcpus} virtual CPUs, which must be no fewer than its ${vcpus}`;
  if (disks.length > MOST_DISKS) yield `${disks.length} disks, at most ${MOST_DISKS} are possible`;
  if (disks.some(({ path }) => path === '')) yield 'a disk without a path';
  for (const network of networks) yield* networkReasons(network);
  const unwritable = textsOf(description).find((text) => text !== undefined && UNWRITABLE.test(text));
  if (unwritable !== undefined) yield `${JSON.stringify(unwritable)} has a control character in it`;
}

function* networkReasons({ mac, bridge, network }: NetworkDescription): Generator<string> {
  if (mac !== '' && !MAC.test(mac)) yield `"${mac}", which is no address of a network card`;
  if (Boolean(bridge) === Boolean(network)) yield 'a network card that is not on exactly one bridge or network';
}

function isCount(number: number): boolean {
  return Number.isSafeInteger(number) && number >= 1;
}

function textsOf(description: DomainDescription): (string | undefined)[] {
  const { name, uuid, cpuModel, consoleLog, boot, networks = [], disks, labels = {} } = description;
  return [
    ...[name, uuid, cpuModel, consoleLog, boot?.kernel, boot?.initrd, boot?.commandLine],
    ...networks.flatMap(({ mac, bridge, network }) => [mac, bridge, network]),
    ...disks.map(({ path }) => path),
    ...Object.entries(labels).flat(),
  ];
}
