/** The administrator's own hosts: this machine without a hypervisor, and hosts with libvirt; see README.md. */
export { LOCAL_URI, LocalInfrastructure } from './local-infrastructure.js';
export { LibvirtInfrastructure, type LibvirtInfrastructureParts } from './libvirt-infrastructure.js';
export { agentAddress, type HostAgents } from './host-agents.js';
export { connectHost, powerOfHost, type HostParts, type VmHost } from './vm-host.js';
export { readHostSettings, type HostSettings } from './host-settings.js';
export {
  DomainPreparer,
  type DiskMaker,
  type MadeDisks,
  type NewDomain,
  type PreparedNewDomain,
  type PreparerParts,
} from './domain-preparer.js';
export { ImageDisks, type ImageSource } from './image-disks.js';
export { sshDestination } from './ssh-host.js';
