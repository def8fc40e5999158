import { createSocket } from 'node:dgram';
import { readFile } from 'node:fs/promises';

/** The discard port (RFC 863): whoever gets something there does nothing with it. */
const DISCARD = 9;
/** On one network an answer takes a few milliseconds. */
const WAIT_MS = 200;
const POLL_MS = 25;
/** `ATF_COM` of Linux: the entry has a hardware address. */
const COMPLETE = 0x2;

/**
 * Whether somebody on a network of this machine has that IPv4 address: a datagram is sent there, so that the kernel asks
 * by ARP. Who is behind a router is not seen, for what a firewall refuses looks the same for every address.
 */
export async function answersOnNetwork(address: string): Promise<boolean> {
  const socket = createSocket('udp4');
  // an error says that this machine has no way there, or that somebody between refuses it
  socket.on('error', () => undefined);
  try {
    await new Promise<void>((resolve) => {
      socket.connect(DISCARD, address, (error?: Error) => {
        if (error) resolve();
        else socket.send(new Uint8Array([0]), () => resolve());
      });
    });
    for (let waited = 0; ; waited += POLL_MS) {
      if (await isNeighbour(address)) return true;
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
