import { AttituneError } from '../../core/model/errors.js';
import type { Domain, DomainDescription, DomainSize } from '../../core/model/hypervisor.js';
import type { FileTree } from './file-tree.js';

/** A persistent domain, whether it runs or not. */
export interface Definition {
  /** For its next start. */
  readonly description: DomainDescription;
  readonly uuid: string;
  readonly autostart: boolean;
  /** What is on its disks: it outlives the run. */
  readonly files: FileTree;
}

/** What cannot be in a name: control characters and halves of surrogate pairs, as in libvirt's documents. */
const UNNAMEABLE = /[\u0000-\u001f\u007f-\u009f\ufffe\uffff/]|\p{Surrogate}/u;

/** Throws `value` for a description that cannot be a domain. */
export function checkDescription({ name, memoryMiB, vcpus, maxMemoryMiB, maxVcpus, disks }: DomainDescription): void {
  const bad = (what: string) => new AttituneError('value', `The domain ${JSON.stringify(name)} cannot be: ${what}.`);
  const whole = (value: number) => Number.isInteger(value) && value >= 1;
  if (name.trim() === '' || UNNAMEABLE.test(name))
    throw bad('a name must not be empty nor have a "/" or a control character in it');
  if (!whole(memoryMiB)) throw bad(`${memoryMiB} MiB of memory`);
  if (!whole(vcpus)) throw bad(`${vcpus} virtual CPUs`);
  if (maxMemoryMiB !== undefined && !(whole(maxMemoryMiB) && maxMemoryMiB >= memoryMiB))
    throw bad(`${memoryMiB} MiB of memory, at most ${maxMemoryMiB}`);
  if (maxVcpus !== undefined && !(whole(maxVcpus) && maxVcpus >= vcpus))
    throw bad(`${vcpus} virtual CPUs, at most ${maxVcpus}`);
  if (disks.some(({ path }) => !path.startsWith('/'))) throw bad('the path of a disk must begin with "/"');
}

/** What a domain of that description may grow to. */
export function maximumOf({ vcpus, memoryMiB, maxVcpus, maxMemoryMiB }: DomainDescription): DomainSize {
  return { vcpus: maxVcpus ?? vcpus, memoryMiB: maxMemoryMiB ?? memoryMiB };
}

/** Throws `domain-exists` where another domain of the host has the name or the uuid; one that has both is the same. */
export function assertIdentityFree(
  host: string,
  domains: readonly Pick<Domain, 'name' | 'uuid'>[],
  { name, uuid }: DomainDescription,
): void {
  const clash = domains.find((other) => (other.name === name) !== (other.uuid === uuid));
  if (!clash) return;
  throw new AttituneError('domain-exists', `${host} already has a domain "${clash.name}" with the uuid ${clash.uuid}.`);
}
