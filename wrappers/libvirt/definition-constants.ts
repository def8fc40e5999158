/** Constants of libvirt for definitions, sizes and addresses of domains, by their names in `libvirt-domain.h`. */

export const virDomainUndefineFlags = {
  VIR_DOMAIN_UNDEFINE_MANAGED_SAVE: 1,
  VIR_DOMAIN_UNDEFINE_SNAPSHOTS_METADATA: 2,
  VIR_DOMAIN_UNDEFINE_KEEP_NVRAM: 8,
  VIR_DOMAIN_UNDEFINE_CHECKPOINTS_METADATA: 16,
  VIR_DOMAIN_UNDEFINE_KEEP_TPM: 64,
} as const;

export const virConnectListAllDomainsFlags = {
  VIR_CONNECT_LIST_DOMAINS_ACTIVE: 1,
  VIR_CONNECT_LIST_DOMAINS_PERSISTENT: 4,
} as const;

export const virDomainModificationImpact = { VIR_DOMAIN_AFFECT_LIVE: 1, VIR_DOMAIN_AFFECT_CONFIG: 2 } as const;

/** Beside the impact. `GUEST`: the guest's agent takes the CPUs on and off, the machine keeps them. */
export const virDomainVcpuFlags = { VIR_DOMAIN_VCPU_GUEST: 8 } as const;

export const virDomainInterfaceAddressesSource = {
  VIR_DOMAIN_INTERFACE_ADDRESSES_SRC_LEASE: 0,
  VIR_DOMAIN_INTERFACE_ADDRESSES_SRC_AGENT: 1,
  VIR_DOMAIN_INTERFACE_ADDRESSES_SRC_ARP: 2,
} as const;

/** `virCPUCompareResult`, in the order of its numbers, by the names of our contract. */
export const VIR_CPU_COMPARE_RESULTS = ['incompatible', 'identical', 'superset'] as const;
