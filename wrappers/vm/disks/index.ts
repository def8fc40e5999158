/** The disks of VMs in the storage pools of hosts: base images, overlays, copies, swap. See ../README.md. */
export { DomainDisks, type DiskRequest, type DiskSet } from './domain-disks.js';
export type { PooledImage } from './base-images.js';
export { domainVolumes, imageVolumes } from './volume-names.js';
