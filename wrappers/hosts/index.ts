/** Hosts without a hypervisor: software on the administrator's own machine, as real processes; see README.md. */
export { LOCAL_URI, LocalInfrastructure } from './local-infrastructure.js';
