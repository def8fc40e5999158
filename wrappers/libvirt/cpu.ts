/** What a domain asks of a CPU, and whether a host's has it. */
import { AttituneError } from '../../core/model/errors.js';
import type { CpuComparison } from '../../core/model/hypervisor.js';
import { DOMParser, XMLSerializer } from '@xmldom/xmldom';
import type { Element } from '@xmldom/xmldom';
import { virDomainXMLFlags as XML, virErrorNumber } from './constants.js';
import { VIR_CPU_COMPARE_RESULTS } from './definition-constants.js';
import { domainOf, elementAt, parseDomainDocument } from './domain-xml-document.js';
import { lookupDomain } from './domain.js';
import { libvirtCode } from './errors.js';
import type { RpcConnection } from './rpc/connection.js';
import { remoteProcedures } from './rpc/procedures.js';

/** Types of domains whose CPU is made by software, so that the host's does not matter. */
const EMULATED: readonly (string | undefined)[] = ['qemu', 'test'];

/**
 * See `Hypervisor.cpuOf`: the `<cpu>` of a domain's document, of a running one that of the machine which the guest sees.
 * Any CPU will do for a domain that is emulated; or that names no model before it starts, because it gets the host's
 * then. One that was given its host's CPU as it is asks for just that.
 */
export async function domainCpu(connection: RpcConnection, name: string): Promise<string | undefined> {
  const dom = await lookupDomain(connection, name);
  const { xml } = await connection.call(remoteProcedures.domainGetXMLDesc, {
    dom,
    flags: dom.id < 0 ? XML.VIR_DOMAIN_XML_INACTIVE : XML.VIR_DOMAIN_XML_MIGRATABLE,
  });
  const asked = askedCpu(xml);
  if (asked !== 'host') return asked;
  if (dom.id < 0) return undefined;
  const { capabilities } = await connection.call(remoteProcedures.connectGetCapabilities, undefined);
  return hostCpu(capabilities);
}

/** The `<cpu>` that a domain's document asks for, `host` for that of its host, `undefined` where any will do. */
export function askedCpu(xml: string): string | undefined {
  const domain = domainOf(parseDomainDocument(xml));
  const cpu = elementAt(domain, 'cpu');
  if (!cpu || EMULATED.includes(domain.getAttribute('type') ?? undefined)) return undefined;
  if (elementAt(cpu, 'model')) return textOf(cpu);
  return cpu.getAttribute('mode') === null ? undefined : 'host';
}

function hostCpu(capabilities: string): string | undefined {
  const root = new DOMParser().parseFromString(capabilities, 'text/xml').documentElement;
  const cpu = root ? elementAt(root, 'host', 'cpu') : undefined;
  return cpu && textOf(cpu);
}

function textOf(element: Element): string {
  return new XMLSerializer().serializeToString(element);
}

/** What tells the CPU of a host, as in its capabilities, from one that a domain asks for. */
const OF_HOST = /<arch\b/;

/**
 * See `Hypervisor.compareCpu`. What a domain asks for is compared with what the hypervisor can give it. A passed-through
 * CPU is compared with that of the bare host, as it has what no hypervisor can give; so are all by drivers and daemons
 * that know no other comparison.
 */
export async function compareCpu(connection: RpcConnection, cpu: string): Promise<CpuComparison> {
  const none = { emulator: undefined, arch: undefined, machine: undefined, virttype: undefined };
  const withHost = () => connection.call(remoteProcedures.connectCompareCPU, { xml: cpu, flags: 0 });
  const withHypervisor = () =>
    connection
      .call(remoteProcedures.connectCompareHypervisorCPU, { ...none, xmlCPU: cpu, flags: 0 })
      .catch((error: unknown) => {
        if (libvirtCode(error) !== virErrorNumber.VIR_ERR_NO_SUPPORT) throw error;
        return withHost();
      });
  try {
    const { result } = await (OF_HOST.test(cpu) ? withHost() : withHypervisor());
    const comparison = VIR_CPU_COMPARE_RESULTS[result];
    if (comparison) return comparison;
  } catch (error) {
    if (libvirtCode(error) === virErrorNumber.VIR_ERR_CPU_INCOMPATIBLE) return 'incompatible';
    throw error;
  }
  throw new AttituneError('hypervisor', 'libvirt could not compare the CPU of the domain with that of the host.');
}
