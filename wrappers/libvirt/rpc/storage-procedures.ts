/** Calls of libvirt's storage driver: pools and volumes. Source: `src/remote/remote_protocol.x`. */
import { remote } from './remote-program.js';
import { text, uuid } from './remote-types.js';
import { int, nothing, uhyper, uint } from './xdr.js';
import type { Infer } from './xdr.js';
import { array, struct } from './xdr-composites.js';

/** `remote_nonnull_storage_pool`. */
const pool = struct({ name: text, uuid });
export type RemotePool = Infer<typeof pool>;

/** `remote_nonnull_storage_vol`; the key of a file is its path. */
const volume = struct({ pool: text, name: text, key: text });
export type RemoteVolume = Infer<typeof volume>;

const poolFlags = struct({ pool, flags: uint });
const volumeFlags = struct({ vol: volume, flags: uint });
const volumeFound = struct({ vol: volume });
const document = struct({ xml: text });

export const storageProcedures = {
  storagePoolDefineXML: remote(77, struct({ xml: text, flags: uint }), struct({ pool })),
  storagePoolCreate: remote(78, poolFlags, nothing, 'long'),
  storagePoolBuild: remote(79, poolFlags, nothing, 'long'),
  storagePoolUndefine: remote(82, struct({ pool }), nothing),
  storagePoolRefresh: remote(83, poolFlags, nothing, 'long'),
  storagePoolLookupByName: remote(84, struct({ name: text }), struct({ pool })),
  /** `state` is a `virStoragePoolState`; an XDR `unsigned char` takes four bytes. */
  storagePoolGetInfo: remote(
    87,
    struct({ pool }),
    struct({ state: uint, capacity: uhyper, allocation: uhyper, available: uhyper }),
  ),
  storagePoolGetXMLDesc: remote(88, poolFlags, document),
  storagePoolSetAutostart: remote(90, struct({ pool, autostart: int }), nothing),
  storageVolCreateXML: remote(93, struct({ pool, xml: text, flags: uint }), volumeFound, 'long'),
  storageVolDelete: remote(94, volumeFlags, nothing, 'long'),
  storageVolLookupByName: remote(95, struct({ pool, name: text }), volumeFound),
  storageVolGetInfo: remote(98, struct({ vol: volume }), struct({ type: int, capacity: uhyper, allocation: uhyper })),
  storageVolGetXMLDesc: remote(99, volumeFlags, document),
  storageVolCreateXMLFrom: remote(125, struct({ pool, xml: text, clonevol: volume, flags: uint }), volumeFound, 'long'),
  /** Its reply opens a stream: see `rpc/outgoing-stream.ts`. `length` 0 is as much as comes. */
  storageVolUpload: remote(208, struct({ vol: volume, offset: uhyper, length: uhyper, flags: uint }), nothing),
  storageVolResize: remote(260, struct({ vol: volume, capacity: uhyper, flags: uint }), nothing, 'long'),
  connectListAllStoragePools: remote(
    281,
    struct({ needResults: int, flags: uint }),
    struct({ pools: array(pool, 16_384), ret: uint }),
  ),
  storagePoolListAllVolumes: remote(
    282,
    struct({ pool, needResults: int, flags: uint }),
    struct({ vols: array(volume, 16_384), ret: uint }),
  ),
} as const;
