/** Writer of libvirt's domain documents (`https://libvirt.org/formatdomain.html`). */
import type { Element } from '@xmldom/xmldom';
import type { DomainDescription } from '../../core/model/hypervisor.js';
import { checkDescription } from './domain-xml-check.js';
import { writeDisks } from './domain-xml-disks.js';
import type { DiskCache } from './domain-xml-disks.js';
import { childElements, domainOf, elementAt, parseDomainDocument, serialise } from './domain-xml-document.js';
import { add, ensure, remove, setText } from './domain-xml-editing.js';
import { writeInterfaces } from './domain-xml-interfaces.js';
import { writeLabels } from './domain-xml-labels.js';
import { consoleLogs, DEFAULT_CPU, describeDomain, logAttribute } from './domain-xml-reader.js';
import { writeSize } from './domain-xml-size.js';
import { domainSkeleton } from './domain-xml-skeleton.js';
import { writeUnevenMemory } from './domain-xml-uneven-memory.js';

export type { DiskCache } from './domain-xml-disks.js';

/** What of a domain's document depends on the host and not on the domain. */
export interface DomainDialect {
  /** `kvm`, `qemu`, `xen` or `test`: the type of a new domain. */
  readonly type: string;
  /** All types that the host runs: a document that was read keeps its own if it is one of them. Default: `type` alone. */
  readonly types?: readonly string[];
  /** Host cache of new disks. Live migration without shared cluster storage needs `none`, which is the default. */
  readonly diskCache?: DiskCache;
  /** Give a guest of type `qemu` 8 KiB more than asked for; see {@link writeUnevenMemory}. */
  readonly unevenMemory?: boolean;
}

/** CPU models that are modes of libvirt rather than names of processors. */
const CPU_MODES = new Set(['host-model', 'host-passthrough', 'maximum']);
const HOST_CPU_MODES = new Set(['host-model', 'host-passthrough']);

/**
 * The document of a domain. A description that was read from one (`document`) changes in it only what the description
 * says otherwise; all else stays. Throws `value` where the description cannot be a domain.
 */
export function domainXml(description: DomainDescription, dialect: DomainDialect): string {
  checkDescription(description);
  const document = parseDomainDocument(
    description.document ?? domainSkeleton(dialect.type, description.boot !== undefined),
  );
  const domain = domainOf(document);
  const before = describeDomain(domain);
  const type = writeType(domain, dialect);
  if (description.name !== before.name) setText(domain, 'name', description.name);
  if (description.uuid !== before.uuid) setText(domain, 'uuid', description.uuid);
  writeLabels(domain, description.labels ?? {});
  writeSize(domain, before, description);
  writeBoot(domain, before, description);
  writeCpu(domain, before, description, type);
  writeDisks(domain, description.disks, { type, ...(dialect.diskCache && { diskCache: dialect.diskCache }) });
  writeInterfaces(domain, description.networks ?? [], type);
  writeConsoleLog(domain, before, description);
  writeUnevenMemory(domain, description, type === 'qemu' && dialect.unevenMemory === true);
  return serialise(document);
}

function writeType(domain: Element, { type, types = [type] }: DomainDialect): string {
  const before = domain.getAttribute('type');
  if (before !== null && types.includes(before)) return before;
  domain.setAttribute('type', type);
  return type;
}

function writeBoot(domain: Element, before: DomainDescription, { boot, document }: DomainDescription): void {
  if (document !== undefined && JSON.stringify(boot) === JSON.stringify(before.boot)) return;
  const os = ensure(domain, 'os');
  setText(os, 'kernel', boot?.kernel);
  setText(os, 'initrd', boot?.initrd || undefined);
  setText(os, 'cmdline', boot?.commandLine || undefined);
  const devices = elementAt(domain, 'devices');
  const chosen = devices && childElements(devices).some((device) => elementAt(device, 'boot'));
  if (!boot && !chosen && !elementAt(os, 'boot')) add(os, ['boot', { dev: 'hd' }]);
}

function writeCpu(domain: Element, before: DomainDescription, after: DomainDescription, type: string): void {
  const mode = elementAt(domain, 'cpu')?.getAttribute('mode') ?? '';
  const impossible = type === 'qemu' && HOST_CPU_MODES.has(mode);
  const isNew = after.document === undefined;
  if (after.cpuModel === before.cpuModel && !impossible && !isNew) return;
  const asked = impossible && HOST_CPU_MODES.has(after.cpuModel ?? mode) ? undefined : after.cpuModel;
  const model = asked ?? DEFAULT_CPU[type];
  if (model === undefined) return;
  const cpu = ensure(domain, 'cpu');
  for (const name of ['model', 'vendor']) remove(elementAt(cpu, name));
  for (const name of ['mode', 'match', 'check', 'migratable']) cpu.removeAttribute(name);
  if (CPU_MODES.has(model)) {
    cpu.setAttribute('mode', model);
    return;
  }
  for (const [name, value] of Object.entries({ mode: 'custom', match: 'exact', check: 'none' }))
    cpu.setAttribute(name, value);
  add(cpu, ['model', { fallback: 'forbid' }, model]);
}

function writeConsoleLog(domain: Element, before: DomainDescription, { consoleLog }: DomainDescription): void {
  if (consoleLog === before.consoleLog) return;
  const logs = consoleLogs(domain);
  if (consoleLog === undefined) {
    for (const log of logs) remove(log.localName === 'log' ? log : (log.parentNode as Element));
  } else if (logs.length > 0) {
    for (const log of logs) log.setAttribute(logAttribute(log), consoleLog);
  } else {
    const devices = ensure(domain, 'devices');
    const port = childElements(devices, 'serial')[0] ?? childElements(devices, 'console')[0];
    if (port) add(port, ['log', { file: consoleLog, append: 'on' }]);
    else {
      const source = ['source', { path: consoleLog, append: 'on' }] as const;
      add(devices, ['serial', { type: 'file' }, [source, ['target', { port: 0 }]]]);
    }
  }
}
