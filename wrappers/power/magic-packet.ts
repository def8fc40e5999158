import { createSocket } from 'node:dgram';

/** The packet that wakes a machine: six bytes of 0xFF, then its MAC address sixteen times (AMD, Magic Packet Technology, 1995). */
export function magicPacket(mac: string): Buffer {
  const address = Buffer.from(mac.replaceAll(/[:-]/g, ''), 'hex');
  return Buffer.concat([Buffer.alloc(6, 0xff), ...Array.from({ length: 16 }, () => address)]);
}

/** Sends it by UDP, to a broadcast address or to one that forwards it. Rejects with what the socket rejects with. */
export async function sendMagicPacket(
  mac: string,
  to: { readonly address: string; readonly port: number },
): Promise<void> {
  const socket = createSocket('udp4');
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject);
      socket.bind(0, () => {
        socket.setBroadcast(true);
        socket.send(magicPacket(mac), to.port, to.address, (error) => (error ? reject(error) : resolve()));
      });
    });
  } finally {
    socket.close();
  }
}
