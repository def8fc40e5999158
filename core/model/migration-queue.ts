import { AttituneError } from './errors.js';

/** How many migrations may go on at a time. */
export interface MigrationLimits {
  /** In or out of one host. Default 2. */
  readonly perHost?: number;
  /** Together. Default 4. */
  readonly total?: number;
}

export interface MigrationTicket {
  readonly domain: string;
  readonly from: string;
  readonly to: string;
  /** Memory that the domain will take on its target. */
  readonly memoryMiB: number;
}

/** A migration that may go on; `leave` frees its place, and may be called again. */
export interface MigrationPlace {
  leave(): void;
}

interface Waiting {
  readonly ticket: MigrationTicket;
  readonly enter: () => void;
}

/**
 * Who may migrate now, and who waits: first come, first served, but one that waits for a busy host does not hold up
 * those between others. What has entered, or waits, has its memory reserved on its target.
 */
export class MigrationQueue {
  readonly #perHost: number;
  readonly #total: number;
  readonly #running = new Set<MigrationTicket>();
  readonly #waiting: Waiting[] = [];
  readonly #listeners = new Set<() => void>();

  /** Throws `value` for a limit that is no whole number above 0. */
  constructor({ perHost = 2, total = 4 }: MigrationLimits = {}) {
    for (const limit of [perHost, total]) {
      if (!Number.isInteger(limit) || limit < 1)
        throw new AttituneError('value', `${limit} cannot be a limit of migrations: use a whole number above 0.`);
    }
    this.#perHost = perHost;
    this.#total = total;
  }

  get running(): readonly MigrationTicket[] {
    return [...this.#running];
  }
  /** In the order in which they came. */
  get waiting(): readonly MigrationTicket[] {
    return this.#waiting.map(({ ticket }) => ticket);
  }

  /** Memory that is promised on a host to domains which are on their way to it, or wait. */
  reservedMiB(host: string): number {
    return [...this.running, ...this.waiting]
      .filter(({ to }) => to === host)
      .reduce((sum, { memoryMiB }) => sum + memoryMiB, 0);
  }

  /** Called whenever somebody enters, leaves or begins to wait. */
  onChange(listener: () => void): { unsubscribe(): void } {
    this.#listeners.add(listener);
    return { unsubscribe: () => void this.#listeners.delete(listener) };
  }

  /**
   * Resolves when the migration may begin. Rejects with `domain-state` where one of the same domain is under way or
   * waits, with `cancelled` where `signal` aborts before its turn.
   */
  enter(ticket: MigrationTicket, signal?: AbortSignal): Promise<MigrationPlace> {
    const same = [...this.running, ...this.waiting].find(({ domain }) => domain === ticket.domain);
    if (same) {
      const what = `${ticket.domain} is migrating to ${same.to} already, or waits to. Wait for its end, or abort it.`;
      return Promise.reject(new AttituneError('domain-state', what));
    }
    return new Promise((resolve, reject) => {
      const cancelled = () => {
        this.#remove(waiting);
        reject(
          new AttituneError('cancelled', `The migration of ${ticket.domain} was cancelled while it waited.`, {
            cause: signal?.reason,
          }),
        );
        this.#advance();
      };
      const waiting: Waiting = {
        ticket,
        enter: () => {
          signal?.removeEventListener('abort', cancelled);
          resolve({ leave: () => this.#leave(ticket) });
        },
      };
      if (signal?.aborted === true) return cancelled();
      signal?.addEventListener('abort', cancelled, { once: true });
      this.#waiting.push(waiting);
      this.#advance();
    });
  }

  #leave(ticket: MigrationTicket): void {
    if (this.#running.delete(ticket)) this.#advance();
  }

  #remove(waiting: Waiting): void {
    const at = this.#waiting.indexOf(waiting);
    if (at >= 0) this.#waiting.splice(at, 1);
  }

  #advance(): void {
    for (const waiting of [...this.#waiting]) {
      if (!this.#fits(waiting.ticket)) continue;
      this.#remove(waiting);
      this.#running.add(waiting.ticket);
      waiting.enter();
    }
    for (const listener of [...this.#listeners]) listener();
  }

  #fits({ from, to }: MigrationTicket): boolean {
    if (this.#running.size >= this.#total) return false;
    const busy = (host: string) =>
      this.running.filter((other) => other.from === host || other.to === host).length >= this.#perHost;
    return !busy(from) && !busy(to);
  }
}
