import type { Clock } from '../../../core/model/clock.js';
import type { DirectBoot, DiskDescription } from '../../../core/model/domain.js';
import type { DomainRequest, HostAccess } from '../../../core/model/infrastructure.js';
import type { Storage } from '../../../core/model/storage.js';
import type { StepOptions } from '../image/guest-image.js';
import { KERNEL_WORDS } from '../image/guest-boot.js';
import type { ImageStore } from '../image/image-store.js';
import { DomainDisks } from './domain-disks.js';

type DiskHost = Pick<HostAccess, 'name'> & { readonly hypervisor: { readonly storage: Storage } };

/** The disks of a new VM, and what boots it. */
export interface MadeDisks {
  readonly disks: readonly DiskDescription[];
  /** `commandLine` is without what tells this guest from others. */
  readonly boot: DirectBoot;
  readonly swap?: 'vdb';
}

/** Disks of VMs on several hosts, from the images of this machine: what is missing is built, and brought to the host. */
export class ImageDisks {
  /** By host and pool; what each knows of its base images is asked for once. */
  readonly #pools = new Map<string, { readonly storage: Storage; readonly disks: DomainDisks }>();

  constructor(
    private readonly images: ImageStore,
    private readonly clock: Clock,
  ) {}

  /** Rejects, with nothing left behind, as `ImageStore.ensure`, `DomainDisks.ensureBase` and `DomainDisks.create` do. */
  async make(host: DiskHost, pool: string, request: DomainRequest, options: StepOptions = {}): Promise<MadeDisks> {
    const image = await this.images.ensure({ name: request.image, packages: request.packages }, options);
    const disks = this.#disks(host, pool);
    const base = await disks.ensureBase(image, options);
    const { diskMiB, swapMiB, copy } = request;
    const made = await disks.create(request.name, base, { diskMiB, swapMiB, copy }, options);
    return { ...made, boot: { kernel: base.kernel, initrd: base.initrd, commandLine: KERNEL_WORDS } };
  }

  /** Deletes what `make` made; what is not there is no error. */
  async remove(host: DiskHost, pool: string, name: string): Promise<void> {
    await this.#disks(host, pool).remove(name);
  }

  #disks(host: DiskHost, pool: string): DomainDisks {
    const key = `${host.name}\n${pool}`;
    const { storage } = host.hypervisor;
    const known = this.#pools.get(key);
    // a host that was connected to anew has another storage
    if (known?.storage === storage) return known.disks;
    const disks = new DomainDisks(storage, pool, this.clock);
    this.#pools.set(key, { storage, disks });
    return disks;
  }
}
