/**
 * The client of libvirt. {@link LibvirtHypervisor} is the `Hypervisor` of one host; it speaks libvirt's own RPC protocol
 * (`rpc/`), without a native library and without `virsh`. README.md says how to connect.
 */
export { LibvirtHypervisor } from './libvirt-hypervisor.js';
export type { LibvirtOptions } from './libvirt-hypervisor.js';
export { ReconnectingHypervisor, type ReconnectOptions } from './reconnecting-hypervisor.js';
export type { AgentState, MigrationIteration } from './domain-events.js';
export type { DhcpLease } from './network.js';
export { domainXml } from './domain-xml.js';
export type { DiskCache, DomainDialect } from './domain-xml.js';
export { readDomainXml } from './domain-xml-reader.js';
export { parseLibvirtUri } from './uri.js';
export type { Endpoint } from './endpoint.js';
export type { LibvirtUri } from './uri.js';
export type { KeepaliveOptions } from './rpc/keepalive.js';
export type { Dial } from './transports/index.js';
export { inspectTls, type TlsCertificates } from './transports/tls.js';
