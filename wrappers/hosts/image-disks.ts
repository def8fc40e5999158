import type { Clock } from '../../core/model/clock.js';
import type { HostAccess, UpOptions } from '../../core/model/infrastructure.js';
import { DomainDisks } from '../vm/disks/index.js';
import type { GuestImage } from '../vm/image/index.js';
import type { DiskMaker, MadeDisks, NewDomain } from './domain-preparer.js';

/** Where images come from: built where they are not there yet. Rejects with `value` for an unknown one, `image-build`. */
export interface ImageSource {
  ensure(
    request: { readonly name: string; readonly packages: readonly string[] },
    options: UpOptions,
  ): Promise<GuestImage>;
}

/** Disks as overlays on, or copies of, images that are brought into the host's pool. */
export class ImageDisks implements DiskMaker {
  constructor(
    private readonly images: ImageSource,
    private readonly clock: Clock,
  ) {}

  async make(host: HostAccess, pool: string, request: NewDomain, options: UpOptions): Promise<MadeDisks> {
    const { name, image, packages = [], diskMiB, swapMiB, copy } = request;
    const disks = this.#disks(host, pool);
    const found = await this.images.ensure({ name: image, packages }, options);
    const base = await disks.ensureBase(found, options);
    const set =
      (request.reuse === true ? await disks.find(name) : undefined) ??
      (await disks.create(name, base, { diskMiB, swapMiB, copy }, options));
    return { ...set, boot: { kernel: base.kernel, initrd: base.initrd } };
  }

  async remove(host: HostAccess, pool: string, name: string): Promise<void> {
    await this.#disks(host, pool).remove(name);
  }

  #disks(host: HostAccess, pool: string): DomainDisks {
    return new DomainDisks(host.hypervisor.storage, pool, this.clock);
  }
}
