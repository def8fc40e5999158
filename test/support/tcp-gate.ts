import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** A way to a port of this machine that can be broken and mended. */
export class TcpGate {
  readonly #to: () => number;
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;
  #shut = false;

  constructor(to: () => number) {
    this.#to = to;
  }

  /** Resolves with its port. */
  async open(): Promise<number> {
    const server = createServer((socket) => this.#pass(socket));
    this.#server = server;
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(0, '127.0.0.1', resolve);
    });
    return (server.address() as AddressInfo).port;
  }

  cut(): void {
    this.#shut = true;
    for (const socket of this.#sockets) socket.destroy();
  }

  mend(): void {
    this.#shut = false;
  }

  async close(): Promise<void> {
    this.cut();
    const server = this.#server;
    if (server) await new Promise((resolve) => server.close(resolve));
  }

  #pass(near: Socket): void {
    if (this.#shut) {
      near.destroy();
      return;
    }
    const far = connect(this.#to(), '127.0.0.1');
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      this.#sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        this.#sockets.delete(socket);
        other.destroy();
      });
      socket.pipe(other);
    }
  }
}
