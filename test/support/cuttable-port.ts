import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A port on the loopback interface that leads to another one, until it is cut: as a network between the two. */
export interface CuttablePort {
  readonly port: number;
  /** Ends all connections, and lets none come about until {@link mend}: as when a process is killed, or a host gone. */
  cut(): void;
  mend(): void;
  stop(): Promise<void>;
}

export async function cuttablePort(to: number): Promise<CuttablePort> {
  const sockets = new Set<Socket>();
  let open = true;
  const keep = (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => sockets.delete(socket));
  };
  const server = createServer((near) => {
    keep(near);
    if (!open) {
      near.destroy();
      return;
    }
    const far = connect({ port: to, host: '127.0.0.1' });
    keep(far);
    near.setNoDelay(true);
    far.setNoDelay(true);
    near.pipe(far);
    far.pipe(near);
    near.on('close', () => far.destroy());
    far.on('close', () => near.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const cut = () => {
    open = false;
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: (server.address() as AddressInfo).port,
    cut,
    mend: () => {
      open = true;
    },
    stop: async () => {
      cut();
      server.close();
      await once(server, 'close');
    },
  };
}
