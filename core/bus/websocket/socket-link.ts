import { WebSocket } from 'ws';
import type { Clock } from '../../model/clock.js';
import type { Link } from './session.js';

/** A member's socket, as the hub holds it. */
export class SocketLink implements Link {
  /** Pings that it has not answered yet. */
  unanswered = 0;
  readonly #socket: WebSocket;
  readonly #clock: Clock;
  readonly #answerMs: number;

  constructor(
    socket: WebSocket,
    readonly place: string,
    clock: Clock,
    answerMs: number,
  ) {
    this.#socket = socket;
    this.#clock = clock;
    this.#answerMs = answerMs;
    socket.on('pong', () => (this.unanswered = 0));
  }

  get open(): boolean {
    return this.#socket.readyState === WebSocket.OPEN;
  }
  get buffered(): number {
    return this.#socket.bufferedAmount;
  }

  send(data: Buffer): void {
    if (this.open) this.#socket.send(data, { binary: false, compress: false });
  }

  ping(): void {
    this.unanswered += 1;
    if (this.open) this.#socket.ping();
  }

  answers(): Promise<boolean> {
    return new Promise((resolve) => {
      if (!this.open) {
        resolve(false);
        return;
      }
      const end = (answer: boolean) => {
        this.#clock.clearTimeout(timer);
        this.#socket.off('pong', onPong);
        this.#socket.off('close', onClose);
        resolve(answer);
      };
      const onPong = () => end(true);
      const onClose = () => end(false);
      const timer = this.#clock.setTimeout(() => end(false), this.#answerMs);
      this.#socket.on('pong', onPong);
      this.#socket.on('close', onClose);
      this.#socket.ping();
    });
  }

  cut(): void {
    this.#socket.terminate();
  }
}
