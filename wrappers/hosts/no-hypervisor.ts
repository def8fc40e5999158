import { arch, availableParallelism, totalmem } from 'node:os';
import { AttituneError } from '../../core/model/errors.js';
import type { HostCapabilities, Hypervisor, Subscription } from '../../core/model/hypervisor.js';
import type { Storage } from '../../core/model/storage.js';

const NOTHING: Subscription = { unsubscribe: () => undefined };

/** Stands for the hypervisor of a host that has none: no domain is ever there, and whoever wants one is told why not. */
export class NoHypervisor implements Hypervisor {
  readonly create = this.#refuse;
  readonly define = this.#refuse;
  readonly describe = this.#refuse;
  readonly start = this.#refuse;
  readonly undefine = this.#refuse;
  readonly setAutostart = this.#refuse;
  readonly reboot = this.#refuse;
  readonly scale = this.#refuse;
  readonly setCpuWeight = this.#refuse;
  readonly addresses = this.#refuse;
  readonly cpuOf = this.#refuse;
  readonly compareCpu = this.#refuse;
  readonly nodeMemory: Hypervisor['nodeMemory'] = this.#refuse;
  readonly storage: Storage = {
    pools: () => Promise.resolve([]),
    ensureFolderPool: this.#refuse,
    volumes: this.#refuse,
    createVolume: this.#refuse,
    copyVolume: this.#refuse,
    upload: this.#refuse,
    resizeVolume: this.#refuse,
    deleteVolume: this.#refuse,
  };
  readonly shutdown = this.#refuse;
  readonly destroy = this.#refuse;
  readonly suspend = this.#refuse;
  readonly resume = this.#refuse;
  readonly migrate = this.#refuse;
  readonly guestAgent = this.#refuse;
  readonly nodeCpu: Hypervisor['nodeCpu'] = this.#refuse;
  /** Nothing is ever lost, so nobody is told. */
  readonly onConnection: Hypervisor['onConnection'] = () => NOTHING;

  constructor(
    readonly host: string,
    readonly uri: string,
  ) {}

  /** Those of this machine. */
  capabilities(): Promise<HostCapabilities> {
    return Promise.resolve({
      hostUuid: '',
      architecture: arch(),
      cpus: availableParallelism(),
      memoryMiB: Math.floor(totalmem() / 1024 / 1024),
      version: 'none',
      domainTypes: [],
    });
  }

  list(): Promise<readonly []> {
    return Promise.resolve([]);
  }

  statistics(): Promise<readonly []> {
    return Promise.resolve([]);
  }

  onDomainEvent(): Promise<Subscription> {
    return Promise.resolve(NOTHING);
  }

  networks(): Promise<readonly []> {
    return Promise.resolve([]);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  get #refuse(): () => Promise<never> {
    return () => Promise.reject(noHypervisor(this.host));
  }
}

export function noHypervisor(host: string): AttituneError {
  return new AttituneError(
    'hypervisor',
    `The host ${host} has no hypervisor (hypervisor="none"), so no virtual machine can be there. Put the class on a family with hypervisor="libvirt", or use a wrapper of software.`,
  );
}
