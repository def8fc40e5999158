/**
 * The storage of a host with libvirt: pools (`pools.ts`), volumes (`volumes.ts`), their documents (`storage-xml.ts`), and
 * uploads through libvirt's streams (`upload.ts`, with `rpc/outgoing-stream.ts`). {@link LibvirtStorage} is the `Storage`
 * of `core/model/storage.ts` that is made of them.
 */
export { LibvirtStorage } from './libvirt-storage.js';
