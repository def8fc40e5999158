import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { VmHost } from '../../../wrappers/hosts/index.js';
import type { ImageFacts } from '../../../wrappers/vm/submit/index.js';
import { AttituneError } from '../../model/errors.js';
import type { Executor } from '../../model/executor.js';
import type { Task } from './fleet.js';
import type { UndoList } from './undo-list.js';

export interface ImageToPut {
  /** Of the domain. */
  readonly name: string;
  readonly format: 'raw' | 'qcow2';
  /** As the guest sees it. */
  readonly capacityBytes: number;
  readonly image: ImageFacts;
}

const ENDING = { raw: 'raw', qcow2: 'qcow2' } as const;

/**
 * Copies a checked image into a host's pool and resolves with the path of its volume. One that is an overlay is made whole
 * first, since what it lies on stays behind. Rejects as `Storage` does.
 */
export async function putImage(
  host: VmHost,
  { name, format, capacityBytes, image }: ImageToPut,
  executor: Executor,
  { signal, onProgress }: Pick<Task, 'signal' | 'onProgress'>,
  undo: UndoList,
): Promise<string> {
  const { storage } = host.hypervisor;
  const pool = await host.pool();
  const folder = image.backing ? await mkdtemp(join(tmpdir(), 'attitune-submit-')) : undefined;
  try {
    const whole = folder === undefined ? (image.realPath ?? image.path) : join(folder, 'whole.qcow2');
    if (folder !== undefined) {
      onProgress(`${name}: making the image whole`);
      await flatten(executor, image, whole, signal);
    }
    signal.throwIfAborted();
    const volume = await storage.createVolume(pool, { name: `${name}.${ENDING[format]}`, format, capacityBytes });
    undo.made(`the disk ${volume.path} on ${host.name}`, () => storage.deleteVolume(pool, volume.name));
    const step = `${name}: copying the image to ${host.name}`;
    const total = Math.max(1, folder === undefined ? image.bytes : capacityBytes);
    onProgress(step, 0);
    await storage.upload(pool, volume.name, whole, {
      signal,
      onProgress: (doneBytes) => onProgress(step, Math.min(1, doneBytes / total)),
    });
    return volume.path;
  } finally {
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  }
}

async function flatten(executor: Executor, image: ImageFacts, target: string, signal: AbortSignal): Promise<void> {
  const source = image.realPath ?? image.path;
  const { exitCode, stderr } = await executor.run({
    argv: ['qemu-img', 'convert', '-f', 'qcow2', '-O', 'qcow2', source, target],
    signal,
  });
  if (exitCode !== 0)
    throw new AttituneError(
      'image',
      `${image.path} could not be made whole with what it lies on: ${stderr.trim().slice(-500)}`,
    );
}
