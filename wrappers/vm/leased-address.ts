import { delay, type Clock } from '../../core/model/clock.js';
import { AttituneError } from '../../core/model/errors.js';
import type { HostAccess } from '../../core/model/infrastructure.js';

const WITHIN_MS = 30_000;
const POLL_MS = 500;

/** The first address that a guest got by DHCP. Rejects with `operation-timeout`, and with the signal's reason. */
export async function leasedAddress(
  { hypervisor }: HostAccess,
  name: string,
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
): Promise<string> {
  const until = clock.now() + WITHIN_MS;
  for (;;) {
    const [address] = await hypervisor.addresses(name);
    if (address !== undefined) return address;
    if (clock.now() >= until) {
      throw new AttituneError(
        'operation-timeout',
        `${name} got no address by DHCP within ${WITHIN_MS / 1000} s. See whether its network has a DHCP server, or give its host the attribute "addresses".`,
      );
    }
    await delay(clock, POLL_MS, signal);
  }
}
