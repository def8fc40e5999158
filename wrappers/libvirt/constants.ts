/** Constants of libvirt under their names there. Sources: `libvirt-domain.h`, `libvirt-host.h`, `virterror.h`. */

export const virErrorNumber = {
  VIR_ERR_INTERNAL_ERROR: 1,
  VIR_ERR_NO_SUPPORT: 3,
  VIR_ERR_NO_CONNECT: 5,
  VIR_ERR_INVALID_ARG: 8,
  VIR_ERR_OPERATION_FAILED: 9,
  VIR_ERR_DOM_EXIST: 28,
  VIR_ERR_OPERATION_DENIED: 29,
  VIR_ERR_SYSTEM_ERROR: 38,
  VIR_ERR_NO_DOMAIN: 42,
  VIR_ERR_AUTH_FAILED: 45,
  VIR_ERR_NO_STORAGE_POOL: 49,
  VIR_ERR_NO_STORAGE_VOL: 50,
  VIR_ERR_OPERATION_INVALID: 55,
  VIR_ERR_CONFIG_UNSUPPORTED: 67,
  VIR_ERR_OPERATION_ABORTED: 78,
  VIR_ERR_AUTH_CANCELLED: 79,
  VIR_ERR_OPERATION_UNSUPPORTED: 84,
  VIR_ERR_AGENT_UNRESPONSIVE: 86,
  VIR_ERR_ACCESS_DENIED: 88,
  VIR_ERR_STORAGE_VOL_EXIST: 90,
  VIR_ERR_CPU_INCOMPATIBLE: 91,
  VIR_ERR_AUTH_UNAVAILABLE: 94,
  VIR_ERR_AGENT_UNSYNCED: 97,
  VIR_ERR_AGENT_COMMAND_TIMEOUT: 112,
  VIR_ERR_AGENT_COMMAND_FAILED: 113,
} as const;

/** `virDomainState`, in the order of its numbers, by the names of our contract. */
export const VIR_DOMAIN_STATES = [
  'unknown',
  'running',
  'blocked',
  'paused',
  'shutdown',
  'shutoff',
  'crashed',
  'pmsuspended',
] as const;

export const virDomainState = { VIR_DOMAIN_RUNNING: 1, VIR_DOMAIN_PAUSED: 3, VIR_DOMAIN_SHUTOFF: 5 } as const;

export const virDomainStatsTypes = {
  VIR_DOMAIN_STATS_STATE: 1,
  VIR_DOMAIN_STATS_CPU_TOTAL: 2,
  VIR_DOMAIN_STATS_BALLOON: 4,
  VIR_DOMAIN_STATS_VCPU: 8,
  VIR_DOMAIN_STATS_INTERFACE: 16,
  VIR_DOMAIN_STATS_BLOCK: 32,
} as const;

export const virConnectGetAllDomainStatsFlags = {
  VIR_CONNECT_GET_ALL_DOMAINS_STATS_ACTIVE: 1,
  VIR_CONNECT_GET_ALL_DOMAINS_STATS_NOWAIT: 1 << 29,
} as const;

export const virDomainMigrateFlags = {
  VIR_MIGRATE_LIVE: 1,
  VIR_MIGRATE_PEER2PEER: 2,
  VIR_MIGRATE_PERSIST_DEST: 8,
  VIR_MIGRATE_UNDEFINE_SOURCE: 16,
  VIR_MIGRATE_UNSAFE: 512,
  VIR_MIGRATE_OFFLINE: 1024,
  VIR_MIGRATE_AUTO_CONVERGE: 8192,
  VIR_MIGRATE_POSTCOPY: 32768,
} as const;

export const VIR_MIGRATE_PARAM_BANDWIDTH = 'bandwidth';
export const VIR_MIGRATE_PARAM_BANDWIDTH_POSTCOPY = 'bandwidth.postcopy';

export const virDomainXMLFlags = {
  VIR_DOMAIN_XML_SECURE: 1,
  VIR_DOMAIN_XML_INACTIVE: 2,
  VIR_DOMAIN_XML_MIGRATABLE: 8,
} as const;

export const virDomainGetJobStatsFlags = {
  VIR_DOMAIN_JOB_STATS_COMPLETED: 1,
  VIR_DOMAIN_JOB_STATS_KEEP_COMPLETED: 2,
} as const;

export const virDomainJobType = {
  VIR_DOMAIN_JOB_NONE: 0,
  VIR_DOMAIN_JOB_BOUNDED: 1,
  VIR_DOMAIN_JOB_UNBOUNDED: 2,
  VIR_DOMAIN_JOB_COMPLETED: 3,
} as const;

export const virDomainJobOperation = {
  VIR_DOMAIN_JOB_OPERATION_MIGRATION_IN: 4,
  VIR_DOMAIN_JOB_OPERATION_MIGRATION_OUT: 5,
} as const;

/** Names of the parameters of a job's statistics. */
export const virDomainJob = {
  VIR_DOMAIN_JOB_OPERATION: 'operation',
  VIR_DOMAIN_JOB_TIME_ELAPSED: 'time_elapsed',
  VIR_DOMAIN_JOB_DOWNTIME: 'downtime',
  VIR_DOMAIN_JOB_DATA_TOTAL: 'data_total',
  VIR_DOMAIN_JOB_DATA_PROCESSED: 'data_processed',
  VIR_DOMAIN_JOB_DATA_REMAINING: 'data_remaining',
  VIR_DOMAIN_JOB_MEMORY_ITERATION: 'memory_iteration',
  VIR_DOMAIN_JOB_MEMORY_DIRTY_RATE: 'memory_dirty_rate',
  VIR_DOMAIN_JOB_MEMORY_PAGE_SIZE: 'memory_page_size',
  VIR_DOMAIN_JOB_MEMORY_POSTCOPY_REQS: 'memory_postcopy_requests',
  VIR_DOMAIN_JOB_AUTO_CONVERGE_THROTTLE: 'auto_converge_throttle',
  VIR_DOMAIN_JOB_SUCCESS: 'success',
  VIR_DOMAIN_JOB_ERRMSG: 'errmsg',
} as const;

export const virDomainEventID = {
  VIR_DOMAIN_EVENT_ID_LIFECYCLE: 0,
  VIR_DOMAIN_EVENT_ID_REBOOT: 1,
  VIR_DOMAIN_EVENT_ID_AGENT_LIFECYCLE: 18,
  VIR_DOMAIN_EVENT_ID_MIGRATION_ITERATION: 20,
  VIR_DOMAIN_EVENT_ID_JOB_COMPLETED: 21,
} as const;

export const VIR_NODE_CPU_STATS_ALL_CPUS = -1;
export const VIR_NODE_MEMORY_STATS_ALL_CELLS = -1;
export const VIR_NODE_MEMORY_STATS_TOTAL = 'total';

/** Of `libvirt_internal.h`: asking for it makes the daemon send keepalive pings too. */
export const VIR_DRV_FEATURE_PROGRAM_KEEPALIVE = 10;

/** `remote_auth_type`, in the order of its numbers. */
export const REMOTE_AUTH_TYPES = ['none', 'sasl', 'polkit'] as const;
