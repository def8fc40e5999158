/** Filling a volume with a file of this machine, through a stream of libvirt's. */
import { Buffer } from 'node:buffer';
import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { AttituneError } from '../../../core/model/errors.js';
import type { TransferOptions } from '../../../core/model/storage.js';
import { virErrorNumber } from '../constants.js';
import { libvirtCode } from '../errors.js';
import type { RpcConnection } from '../rpc/connection.js';
import { STREAM_CHUNK_MAX } from '../rpc/outgoing-stream.js';
import type { OutgoingStream } from '../rpc/outgoing-stream.js';
import { storageProcedures } from '../rpc/storage-procedures.js';
import type { RemoteVolume } from '../rpc/storage-procedures.js';
import { describeVolume, lookupVolume } from './volumes.js';

const BLOCK_BYTES = 4096;
/** Whole blocks of a file system, as many as every daemon takes in one packet. */
const CHUNK_BYTES = Math.floor(STREAM_CHUNK_MAX / BLOCK_BYTES) * BLOCK_BYTES;
const ZEROS = Buffer.alloc(CHUNK_BYTES);

/** `VIR_STORAGE_VOL_UPLOAD_SPARSE_STREAM`. */
const SPARSE_STREAM = 1;

/** See `Storage.upload`. */
export async function uploadFile(
  connection: RpcConnection,
  pool: string,
  name: string,
  file: string,
  options: TransferOptions = {},
): Promise<void> {
  const handle = await openFile(file);
  try {
    const stats = await handle.stat();
    if (!stats.isFile()) throw new AttituneError('file-not-found', `${file} is no file.`);
    const vol = await lookupVolume(connection, pool, name);
    const volume = await describeVolume(connection, vol);
    if (volume.format === 'raw' && stats.size > volume.capacityBytes) {
      const sizes = `${file} has ${stats.size} bytes, the volume ${name} only ${volume.capacityBytes}`;
      throw new AttituneError('no-capacity', `${sizes}. Make it larger first.`);
    }
    // over what a volume holds already a hole would keep the old data
    const { stream, sparse } = await openStream(connection, vol, volume.allocationBytes === 0);
    try {
      const sent = await sendAll(stream, handle, { ...options, sparse, what: `${file} to the volume ${name}` });
      if (sent !== stats.size) throw new AttituneError('operation-failed', `${file} changed while it was uploaded.`);
      await stream.finish();
    } catch (error) {
      await stream.abort();
      throw error;
    }
    // libvirt cuts a file off behind each hole that it is sent, also where the volume was larger than what was sent
    if (sparse && volume.format === 'raw' && stats.size < volume.capacityBytes) {
      const capacity = BigInt(volume.capacityBytes);
      await connection.call(storageProcedures.storageVolResize, { vol, capacity, flags: 0 });
    }
  } finally {
    await handle.close();
  }
}

async function openFile(file: string): Promise<FileHandle> {
  return open(file).catch((error: unknown) => {
    throw AttituneError.from(error, 'file-not-found', `${file} cannot be read`);
  });
}

/** Daemons before libvirt 3.4 know no sparse streams. */
async function openStream(connection: RpcConnection, vol: RemoteVolume, sparse: boolean) {
  const args = { vol, offset: 0n, length: 0n, flags: sparse ? SPARSE_STREAM : 0 };
  try {
    return { stream: await connection.openStream(storageProcedures.storageVolUpload, args), sparse };
  } catch (error) {
    if (!sparse || libvirtCode(error) !== virErrorNumber.VIR_ERR_INVALID_ARG) throw error;
    const dense = await connection.openStream(storageProcedures.storageVolUpload, { ...args, flags: 0 });
    return { stream: dense, sparse: false };
  }
}

interface SendOptions extends TransferOptions {
  readonly sparse: boolean;
  readonly what: string;
}

/** Sends the file chunk by chunk, no faster than the daemon takes it; resolves with the number of its bytes. */
async function sendAll(stream: OutgoingStream, handle: FileHandle, options: SendOptions): Promise<number> {
  const { signal, onProgress, sparse, what } = options;
  // the daemon may have stopped taking data
  const abort = () => void stream.abort();
  signal?.addEventListener('abort', abort, { once: true });
  let done = 0;
  let hole = 0;
  const fillHole = async () => {
    if (hole > 0) await stream.hole(hole);
    hole = 0;
  };
  try {
    for (;;) {
      signal?.throwIfAborted();
      const chunk = await readChunk(handle, done);
      if (chunk.length === 0) break;
      if (sparse && chunk.equals(ZEROS.subarray(0, chunk.length))) {
        hole += chunk.length;
      } else {
        await fillHole();
        await stream.write(chunk);
      }
      done += chunk.length;
      onProgress?.(done);
    }
    await fillHole();
    return done;
  } catch (error) {
    if (!signal?.aborted) throw error;
    throw new AttituneError('cancelled', `The upload of ${what} was cancelled.`, { cause: signal.reason });
  } finally {
    signal?.removeEventListener('abort', abort);
  }
}

/** A whole chunk, also where the system reads less at a time; shorter only at the end of the file. */
async function readChunk(handle: FileHandle, position: number): Promise<Buffer> {
  const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  let filled = 0;
  while (filled < chunk.length) {
    const { bytesRead } = await handle.read(chunk, filled, chunk.length - filled, position + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return chunk.subarray(0, filled);
}
