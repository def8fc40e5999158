import { AttituneError } from '../../core/model/errors.js';

/** Addresses and MACs of hosts and guests, made up from 10.0.0.0/8; nothing real is ever contacted. */
export class AddressPlan {
  readonly #hosts = new Map<string, number>();
  readonly #guests = new Map<string, number>();

  /** 10.0.x.y, the same at each call. */
  host(name: string): string {
    return address(10 * 2 ** 24, ordinal(this.#hosts, name), 2 ** 16);
  }
  /** 10.1.0.0 upwards, the same at each call until it is released. */
  guest(name: string): string {
    return address(10 * 2 ** 24 + 2 ** 16, ordinal(this.#guests, name), 2 ** 24 - 2 ** 16);
  }
  /** In the locally administered range that QEMU uses. */
  mac(name: string): string {
    const number = ordinal(this.#guests, name);
    const bytes = [number >> 16, number >> 8, number].map((byte) => (byte & 255).toString(16).padStart(2, '0'));
    return `52:54:00:${bytes.join(':')}`;
  }
  release(name: string): void {
    this.#guests.delete(name);
  }
}

/** The smallest free number, from 1, for a new name. */
function ordinal(numbers: Map<string, number>, name: string): number {
  const present = numbers.get(name);
  if (present !== undefined) return present;
  const taken = new Set(numbers.values());
  let number = 1;
  while (taken.has(number)) number += 1;
  numbers.set(name, number);
  return number;
}

function address(base: number, number: number, size: number): string {
  if (number >= size) throw new AttituneError('no-capacity', 'The simulation has no address left.');
  const value = base + number;
  return [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.');
}
