import { createSocket } from 'node:dgram';
import { readFile } from 'node:fs/promises';

/** The discard port (RFC 863): whoever gets something there does nothing with it. */
const DISCARD = 9;
const WAIT_MS = 400;
const POLL_MS = 50;
/** `ATF_COM` of Linux: the entry has a hardware address. */
const COMPLETE = 0x2;

/**
 * Whether somebody has that IPv4 address: a datagram is sent there, and either somebody refuses it, or the kernel learns
 * by ARP whose it is. Whoever is behind a router and drops it silently is not seen.
 */
export async function answersOnNetwork(address: string): Promise<boolean> {
  const socket = createSocket('udp4');
  let refused = false;
  // any other error only says that this machine has no way there
  socket.on('error', (error: NodeJS.ErrnoException) => (refused ||= error.code === 'ECONNREFUSED'));
  try {
    await new Promise<void>((resolve) => {
      socket.connect(DISCARD, address, (error?: Error) => {
        if (error) resolve();
        else socket.send(new Uint8Array([0]), () => resolve());
      });
    });
    for (let waited = 0; ; waited += POLL_MS) {
      if (refused || (await isNeighbour(address))) return true;
      if (waited >= WAIT_MS) return false;
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  } finally {
    socket.close();
  }
}

async function isNeighbour(address: string): Promise<boolean> {
  const table = await readFile('/proc/net/arp', 'utf8').catch(() => '');
  return neighbours(table).includes(address);
}

/** The addresses of Linux's `/proc/net/arp` that somebody answered for. */
export function neighbours(table: string): readonly string[] {
  return table
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter(([, , flags]) => (Number(flags) & COMPLETE) !== 0)
    .map(([address = '']) => address);
}
