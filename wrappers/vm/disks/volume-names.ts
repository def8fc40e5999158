import { AttituneError } from '../../../core/model/errors.js';
import { checkDomainName } from '../identity/domain-name.js';

const IMAGE_KEY = /^[A-Za-z0-9][\w.+-]{0,99}$/;

/** Names of the volumes of a VM. Throws `value` for a name that is no plain one. */
export function domainVolumes(name: string): { readonly disk: string; readonly swap: string } {
  checkDomainName(name);
  return { disk: `${name}.qcow2`, swap: `${name}-swap.img` };
}

/** Names of the volumes of a base image in a pool. */
export interface ImageVolumes {
  readonly disk: string;
  readonly kernel: string;
  readonly initrd: string;
  /** Written last: where it is, the others are whole. */
  readonly complete: string;
  /** There while somebody uploads them; its size tells who. */
  readonly claim: string;
}

/** Throws `value` for a key that no image can have. */
export function imageVolumes(key: string): ImageVolumes {
  if (!IMAGE_KEY.test(key)) throw new AttituneError('value', `${JSON.stringify(key)} is no key of an image.`);
  return {
    disk: `${key}.img`,
    kernel: `${key}.vmlinuz`,
    initrd: `${key}.initrd`,
    complete: `${key}.complete`,
    claim: `${key}.claim`,
  };
}
