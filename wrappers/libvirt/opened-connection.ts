import { AttituneError } from '../../core/model/errors.js';
import type { Domain, DomainEvent, Hypervisor, Subscription } from '../../core/model/hypervisor.js';

/** Makes one connection to a host; rejects when `signal` is aborted. */
export type Connect = (signal: AbortSignal) => Promise<Hypervisor>;

/** Who hears of a connection once its domains are read. */
export interface ConnectionListener {
  event(event: DomainEvent): void;
  lost(reason: Error): void;
}

/**
 * One connection whose events were heard from before its domains were listed: what happens after the listing is among the
 * events, what happened before is in the list, and what happened during it may be in both.
 */
export class OpenedConnection {
  readonly #early: DomainEvent[] = [];
  readonly #subscriptions: Subscription[] = [];
  #listener: ConnectionListener | undefined;
  #loss: Error | undefined;
  /** As they were listed. */
  domains: readonly Domain[] = [];

  private constructor(readonly hypervisor: Hypervisor) {}

  /** Rejects with what connecting or reading rejects with, or with the reason of `signal`; nothing is left open then. */
  static async open(connect: Connect, signal: AbortSignal): Promise<OpenedConnection> {
    const connecting = connect(signal);
    const opened = new OpenedConnection(
      await abortable(connecting, signal).catch((error: unknown) => {
        // one that comes too late is not kept
        connecting.then(
          (late) => late.close().catch(() => undefined),
          () => undefined,
        );
        throw error;
      }),
    );
    try {
      await opened.#read(signal);
      return opened;
    } catch (error) {
      await opened.close();
      throw error;
    }
  }

  /** Hands over what was heard so far, and from now on everything at once. */
  attach(listener: ConnectionListener): void {
    for (const event of this.#early.splice(0)) listener.event(event);
    this.#listener = listener;
    if (this.#loss) listener.lost(this.#loss);
  }

  /** Ends it; one that is lost already has nothing to be ended. */
  async close(): Promise<void> {
    for (const subscription of this.#subscriptions.splice(0)) subscription.unsubscribe();
    await this.hypervisor.close().catch(() => undefined);
  }

  async #read(signal: AbortSignal): Promise<void> {
    const { hypervisor } = this;
    const lost = new AbortController();
    const connection = hypervisor.onConnection((change) => {
      if (change.connected) return;
      this.#loss = change.reason;
      lost.abort(change.reason);
      this.#listener?.lost(change.reason);
    });
    this.#subscriptions.push(connection);
    const either = AbortSignal.any([signal, lost.signal]);
    const events = hypervisor.onDomainEvent((event) => {
      if (this.#listener) this.#listener.event(event);
      else this.#early.push(event);
    });
    this.#subscriptions.push(await abortable(events, either));
    this.domains = await abortable(hypervisor.list(), either);
  }
}

/** Settles as `promise`, or rejects with the reason of `signal`, whichever comes first. */
function abortable<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const onAbort = () => reject(AttituneError.from(signal.reason, 'host-unreachable'));
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    void promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
