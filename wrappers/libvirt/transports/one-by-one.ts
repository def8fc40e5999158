import { Duplex } from 'node:stream';

/**
 * A stream that hands what is written to it on chunk by chunk, each once the former is sent. A TLS socket of Node's puts
 * all that waits to be sent into one record, and libvirtd reads only the first packet of a record: the others lie in its
 * TLS library, of which its `poll` knows nothing, until something else arrives.
 */
export class OneByOne extends Duplex {
  constructor(private readonly inner: Duplex) {
    super();
    inner.on('data', (chunk: Buffer) => {
      if (!this.push(chunk)) inner.pause();
    });
    inner.once('end', () => this.push(null));
    inner.on('error', (error) => this.destroy(error));
    inner.once('close', () => this.destroy());
  }

  override _read(): void {
    this.inner.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: (error?: Error | null) => void): void {
    this.inner.write(chunk, callback);
  }

  override _final(callback: (error?: Error | null) => void): void {
    this.inner.end(callback);
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.inner.destroy();
    callback(error);
  }
}
