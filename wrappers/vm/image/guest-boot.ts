import { guestHostName } from '../identity/domain-name.js';

/** What a guest of ours is told on its kernel command line; its `setup.sh` reads it. */
export interface GuestBoot {
  /** Of the domain; its host name is made of it. */
  readonly name: string;
  /** Absent: it asks for one by DHCP. */
  readonly address?: { readonly address: string; readonly prefix: number; readonly gateway?: string | undefined };
  /** Device of its swap disk, such as `vdb`. */
  readonly swap?: string | undefined;
  /** Where a small web server of the guest's own answers. */
  readonly httpPort?: number | undefined;
  /** True where the guests of a host trust each other: their kernels then do without what guards against others'. */
  readonly trusting?: boolean;
}

/** What every guest's kernel is told. */
export const KERNEL_WORDS = 'console=ttyS0 quiet panic=-1';

/** The kernel command line of a guest. */
export function guestCommandLine({ name, address, swap, httpPort, trusting = false }: GuestBoot): string {
  return [
    KERNEL_WORDS,
    ...(trusting ? ['mitigations=off'] : []),
    address ? `attitune.ip=${address.address}/${address.prefix}` : 'attitune.ip=dhcp',
    ...(address?.gateway === undefined ? [] : [`attitune.gateway=${address.gateway}`]),
    `attitune.hostname=${guestHostName(name)}`,
    ...(swap === undefined ? [] : [`attitune.swap=${swap}`]),
    ...(httpPort === undefined ? [] : [`attitune.http=${httpPort}`]),
  ].join(' ');
}
