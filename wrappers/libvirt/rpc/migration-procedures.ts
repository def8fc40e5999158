/** Calls of libvirt that only a migration makes. Source of the numbers: libvirt's `src/remote/remote_protocol.x`. */
import type { Procedure } from './procedure.js';
import { remoteDomain } from './remote-types.js';
import type { RemoteDomain } from './remote-types.js';
import { nothing, uint } from './xdr.js';
import { struct } from './xdr-composites.js';

const REMOTE_PROGRAM = { number: 0x20008086, version: 1 };

type OfDomain = { readonly dom: RemoteDomain; readonly flags: number };

export const migrationProcedures = {
  /** `virDomainMigrateStartPostCopy`: needs a migration that was begun with `VIR_MIGRATE_POSTCOPY`. */
  domainMigrateStartPostCopy: {
    program: REMOTE_PROGRAM,
    number: 364,
    args: struct({ dom: remoteDomain, flags: uint }),
    result: nothing,
    lane: 'short',
  } satisfies Procedure<OfDomain, void>,
} as const;
