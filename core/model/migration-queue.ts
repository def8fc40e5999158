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

const DEFAULTS = { perHost: 2, total: 4 };

interface Waiting {
  readonly ticket: MigrationTicket;
  readonly enter: () => void;
}

/**
 * Who may migrate now, and who waits: first come, first served, but one that waits for a busy host does not hold up
 * those between others. A place on a host that one waits for is kept for it, so that those who come later never overtake
 * it for ever. What has entered, or waits, has its memory reserved on its target.
 */
export class MigrationQueue {
  #perHost = DEFAULTS.perHost;
  #total = DEFAULTS.total;
  readonly #running = new Set<MigrationTicket>();
  readonly #waiting: Waiting[] = [];
  readonly #listeners = new Set<() => void>();

  /** Throws `value` for a limit that is no whole number above 0. */
  constructor(limits: MigrationLimits = {}) {
    this.limit(limits);
  }

  /** New limits, the default where none is told: those who have entered go on, those who wait may now enter. Throws `value`. */
  limit({ perHost = DEFAULTS.perHost, total = DEFAULTS.total }: MigrationLimits): void {
    for (const limit of [perHost, total]) {
      if (!Number.isInteger(limit) || limit < 1)
        throw new AttituneError('value', `${limit} cannot be a limit of migrations: use a whole number above 0.`);
    }
    this.#perHost = perHost;
    this.#total = total;
    this.#advance();
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

  /** What keeps a migration that waits from its turn: those under way, or waiting longer, on its hosts; for an empty answer, the total. */
  blocking(ticket: MigrationTicket): readonly { readonly host: string; readonly others: number }[] {
    const at = this.#waiting.findIndex((waiting) => waiting.ticket === ticket);
    if (at < 0) return [];
    const before = this.#waiting.slice(0, at);
    const places = [...this.#running, ...before.map((waiting) => waiting.ticket)];
    return [ticket.from, ticket.to]
      .map((host) => ({ host, others: places.filter(({ from, to }) => from === host || to === host).length }))
      .filter(({ others }) => others >= this.#perHost);
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
      if (signal?.aborted === true) {
        cancelled();
        return;
      }
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
    const kept: MigrationTicket[] = [];
    for (const waiting of [...this.#waiting]) {
      if (!this.#fits(waiting.ticket, kept)) {
        kept.push(waiting.ticket);
        continue;
      }
      this.#remove(waiting);
      this.#running.add(waiting.ticket);
      waiting.enter();
    }
    for (const listener of [...this.#listeners]) listener();
  }

  /** `before`: those who wait longer, whose places on their hosts are kept. */
  #fits({ from, to }: MigrationTicket, before: readonly MigrationTicket[]): boolean {
    if (this.#running.size >= this.#total) return false;
    const places = [...this.#running, ...before];
    const busy = (host: string) =>
      places.filter((other) => other.from === host || other.to === host).length >= this.#perHost;
    return !busy(from) && !busy(to);
  }
}
