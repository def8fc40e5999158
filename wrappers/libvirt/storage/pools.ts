/** Pools: finding them, and making one of a folder. */
import { AttituneError } from '../../../core/model/errors.js';
import type { StoragePool } from '../../../core/model/storage.js';
import { libvirtCode } from '../errors.js';
import type { RpcConnection } from '../rpc/connection.js';
import { storageProcedures } from '../rpc/storage-procedures.js';
import type { RemotePool } from '../rpc/storage-procedures.js';
import { folderPoolXml, readPoolXml } from './storage-xml.js';
import { checkStorageName } from './names.js';

/** `VIR_STORAGE_POOL_INACTIVE`. */
const INACTIVE = 0;

/** Rejects with `unknown-storage` where there is none of that name. */
export async function lookupPool(connection: RpcConnection, name: string): Promise<RemotePool> {
  return (await connection.call(storageProcedures.storagePoolLookupByName, { name })).pool;
}

export async function describePool(connection: RpcConnection, pool: RemotePool): Promise<StoragePool> {
  const [{ xml }, info] = await Promise.all([
    connection.call(storageProcedures.storagePoolGetXMLDesc, { pool, flags: 0 }),
    connection.call(storageProcedures.storagePoolGetInfo, { pool }),
  ]);
  return {
    name: pool.name,
    ...readPoolXml(xml),
    active: info.state !== INACTIVE,
    capacityBytes: Number(info.capacity),
    availableBytes: Number(info.available),
  };
}

/** See `Storage.pools`. */
export async function listPools(connection: RpcConnection): Promise<readonly StoragePool[]> {
  const { pools } = await connection.call(storageProcedures.connectListAllStoragePools, { needResults: 1, flags: 0 });
  const described = await Promise.all(
    pools.map((pool) => describePool(connection, pool).then((one) => [one], gone<StoragePool>)),
  );
  return described.flat();
}

/** Nothing, for what was undefined or deleted since it was listed. */
export function gone<T>(error: unknown): T[] {
  if (!AttituneError.is(error, 'unknown-storage')) throw error;
  return [];
}

/** See `Storage.ensureFolderPool`. A pool that cannot be started is not left defined. */
export async function ensureFolderPool(connection: RpcConnection, name: string, path: string): Promise<StoragePool> {
  checkStorageName('pool', name);
  if (!path.startsWith('/') || path.includes('\0')) {
    throw new AttituneError('value', `The folder of a storage pool must be an absolute path: ${JSON.stringify(path)}.`);
  }
  const existing = await findPool(connection, name);
  const pool = existing ?? (await definePool(connection, name, path));
  try {
    const described = await describePool(connection, pool);
    if (described.type !== 'dir' || withoutSlash(described.path ?? '') !== withoutSlash(path)) {
      const what = `of type ${described.type}${described.path ? ` in ${described.path}` : ''}`;
      throw new AttituneError(
        'storage-exists',
        `There is a pool ${name} ${what}: it cannot be one of the folder ${path}.`,
      );
    }
    if (!described.active) await startPool(connection, pool);
    return await describePool(connection, pool);
  } catch (error) {
    if (!existing) await connection.call(storageProcedures.storagePoolUndefine, { pool }).catch(() => undefined);
    throw error;
  }
}

async function findPool(connection: RpcConnection, name: string): Promise<RemotePool | undefined> {
  return lookupPool(connection, name).catch((error: unknown) => {
    if (AttituneError.is(error, 'unknown-storage')) return undefined;
    throw error;
  });
}

async function definePool(connection: RpcConnection, name: string, path: string): Promise<RemotePool> {
  try {
    const args = { xml: folderPoolXml(name, path), flags: 0 };
    return (await connection.call(storageProcedures.storagePoolDefineXML, args)).pool;
  } catch (error) {
    if (libvirtCode(error) === undefined) throw error;
    // another client may have defined the same one meanwhile
    const same = await findPool(connection, name);
    if (same) return same;
    const other = (await listPools(connection)).find((one) => withoutSlash(one.path ?? '') === withoutSlash(path));
    if (!other) throw error;
    throw new AttituneError(
      'storage-exists',
      `${path} is the folder of the pool ${other.name} already: use that one.`,
      {
        cause: error,
      },
    );
  }
}

async function startPool(connection: RpcConnection, pool: RemotePool): Promise<void> {
  await connection.call(storageProcedures.storagePoolBuild, { pool, flags: 0 });
  try {
    await connection.call(storageProcedures.storagePoolCreate, { pool, flags: 0 });
  } catch (error) {
    const { state } = await connection.call(storageProcedures.storagePoolGetInfo, { pool });
    if (state === INACTIVE) throw error;
  }
  await connection.call(storageProcedures.storagePoolSetAutostart, { pool, autostart: 1 });
}

function withoutSlash(path: string): string {
  return path.replace(/\/+$/, '');
}
