import type { Element } from '@xmldom/xmldom';
import type { DomainDescription } from '../../core/model/domain.js';
import { AttituneError } from '../../core/model/errors.js';
import { elementAt } from './domain-xml-document.js';
import { ensure, remove, setAttribute, setText } from './domain-xml-editing.js';

/** Brings memory and virtual CPUs of a document to a description's. Throws `value` for memory that is told per NUMA cell. */
export function writeSize(domain: Element, before: DomainDescription, after: DomainDescription): void {
  writeMemory(domain, before, after);
  writeProcessors(domain, before, after);
}

function writeMemory(domain: Element, before: DomainDescription, after: DomainDescription): void {
  const [most, mostBefore] = [after, before].map(({ memoryMiB, maxMemoryMiB = memoryMiB }) => maxMemoryMiB);
  const isNew = after.document === undefined;
  if (!isNew && most === mostBefore && after.memoryMiB === before.memoryMiB) return;
  if (isNew || most !== mostBefore) {
    if (elementAt(domain, 'cpu', 'numa')) {
      const what = `The domain ${after.name} has its memory in NUMA cells: change the size of <cell> in its document.`;
      throw new AttituneError('value', what);
    }
    writeMiB(domain, 'memory', most as number);
  }
  if (after.memoryMiB === most) remove(elementAt(domain, 'currentMemory'));
  else writeMiB(domain, 'currentMemory', after.memoryMiB);
}

function writeMiB(domain: Element, name: string, memoryMiB: number): void {
  setText(domain, name, memoryMiB);
  setAttribute(ensure(domain, name), 'unit', 'MiB');
}

function writeProcessors(domain: Element, before: DomainDescription, after: DomainDescription): void {
  const [most, mostBefore] = [after, before].map(({ vcpus, maxVcpus = vcpus }) => maxVcpus);
  if (after.document !== undefined && most === mostBefore && after.vcpus === before.vcpus) return;
  setText(domain, 'vcpu', most);
  setAttribute(ensure(domain, 'vcpu'), 'current', after.vcpus === most ? undefined : after.vcpus);
  // which of them are on was told for the number that there was
  remove(elementAt(domain, 'vcpus'));
  if (most !== mostBefore) remove(elementAt(domain, 'cpu', 'topology'));
}
