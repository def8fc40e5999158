import type { HostNetwork, NetworkDescription } from '../../../core/model/hypervisor.js';
import type { Taken } from '../identity/index.js';

/** What a domain's document may ask of its host beyond what every guest has; each is refused unless it is allowed. */
export const RISKS = {
  hostdev: 'it gives the guest a device of the host',
  filesystem: 'it gives the guest a folder of the host',
  block: 'it gives the guest a block device of the host',
  'foreign-disk': 'it gives the guest a disk that is not in the storage pool',
  'network-disk': 'it makes the host connect to storage elsewhere',
  character: 'it joins the guest to a file, device or socket of the host',
  'host-file': 'it makes the hypervisor read or write a file of the host',
  'host-network': "it reaches past the host's bridges and networks",
  'vhost-user': 'it shares memory with another process of the host',
  'shared-memory': 'it shares memory with the host or with other guests',
  program: 'it makes the host run a program that the document names',
  'command-line': "it changes the hypervisor's command line past all checks",
  confinement: 'it changes what keeps the guest apart from its host',
  tuning: "it claims the host's processors, memory or bandwidth for itself",
  display: 'it opens a port of the host, or uses its screen, sound or input',
  unknown: 'it is not known to be harmless',
} as const satisfies Record<string, string>;

export type Risk = keyof typeof RISKS;

/** What is found out about an image before it is used; {@link inspectImage} makes it. */
export interface ImageFacts {
  /** As the administrator told it. */
  readonly path: string;
  /** With all links resolved; `undefined` where there is nothing. */
  readonly realPath?: string;
  readonly kind: 'file' | 'folder' | 'other' | 'missing' | 'unreadable';
  readonly bytes: number;
  /** What its first bytes say, whatever it is called. */
  readonly looksLike: ImageLook;
  /** What the administrator says it is. */
  readonly declared?: 'raw' | 'qcow2';
  /** Of a qcow2 image; read from its header by ourselves, since a hostile one must not reach qemu-img. */
  readonly qcow2?: Qcow2Facts;
  /** Where a raw image's partitions or file system end, if it has any; beyond `bytes` for one that was cut off. */
  readonly contentBytes?: number;
  /** What qemu-img says; absent where it was not asked, because the image is wrong already. */
  readonly probe?: ProbeFacts;
  /** The image that this one is an overlay on, if it is in the same folder or a pool's. */
  readonly backing?: ImageFacts;
}

/** `raw`: nothing that is known, as a raw disk may be; others are the names of what it is. */
export type ImageLook = string;

export interface Qcow2Facts {
  readonly version: number;
  readonly virtualBytes: number;
  readonly clusterBytes: number;
  readonly encryption: 'none' | 'aes' | 'luks' | 'unknown';
  readonly backingFile?: string;
  readonly backingFormat?: string;
  /** The file that holds its data, where that is another one; empty where the header does not name it. */
  readonly dataFile?: string;
  readonly dirty: boolean;
  readonly corrupt: boolean;
  /** What is wrong with the header itself, in words. */
  readonly faults: readonly string[];
  /** Why the image below is not followed: it is elsewhere, no file, too deep, a circle … */
  readonly backingRefused?: string;
}

export interface ProbeFacts {
  readonly format?: string;
  readonly virtualBytes?: number;
  /** Of a qcow2 image: where its last cluster ends. */
  readonly endBytes?: number;
  readonly corruptions: number;
  readonly leaks: number;
  /** Why qemu-img could not read it, in its own words, or that it took too long or too much memory. */
  readonly failure?: string;
}

/** What the host is that the machine shall run on. */
export interface SubmissionHost {
  readonly name: string;
  readonly cpus: number;
  readonly memoryMiB: number;
  /** As in `HostCapabilities`. */
  readonly domainTypes: readonly string[];
  readonly networks: readonly HostNetwork[];
  /** The storage pool that the image goes to. */
  readonly pool: { readonly path?: string; readonly capacityBytes: number; readonly availableBytes: number };
}

/** Everything that decides whether a user's own machine is taken. */
export interface SubmissionFacts {
  readonly image: ImageFacts;
  /** The domain's document and what errors call it. */
  readonly xml: string;
  readonly file: string;
  /** The name that it gets instead of that in the document. */
  readonly name?: string;
  /** True where it gets a new UUID and new MAC addresses, so that those in the document clash with nothing. */
  readonly renewed?: boolean;
  readonly host: SubmissionHost;
  /** Where its cards are put instead of where the document says; the caller has checked that it is there. */
  readonly network?: Pick<NetworkDescription, 'bridge' | 'network'>;
  /** What the domains of all hosts have already, as `readTaken` finds out. */
  readonly taken: Pick<Taken, 'names' | 'uuids' | 'macs'>;
  readonly allow?: ReadonlySet<Risk>;
  /** Larger disks are refused; default 16 TiB. */
  readonly largestDiskBytes?: number;
}
