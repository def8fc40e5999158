import { AttituneError } from '../../../core/model/errors.js';

/** Also the name of its disks and its guest's host name, so it is narrower than what libvirt takes. */
const NAME = /^[A-Za-z0-9][\w.+-]{0,59}$/;

/** The name of a virtual machine, if it can be one. Throws `value`. */
export function checkDomainName(name: string): string {
  if (NAME.test(name)) return name;
  const shown = JSON.stringify(name.length > 80 ? `${name.slice(0, 80)}…` : name);
  throw new AttituneError(
    'value',
    `${shown} cannot be the name of a virtual machine: use a letter or digit, then up to 59 letters, digits and . _ + -.`,
  );
}

/** A domain's name as a host name may be (RFC 1123). */
export function guestHostName(name: string): string {
  const plain = name.replace(/[^a-zA-Z0-9-]+/g, '-').replace(/^-+|-+$/g, '');
  return plain.slice(0, 63) || 'guest';
}
