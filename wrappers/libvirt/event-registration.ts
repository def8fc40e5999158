import type { Subscription } from '../../core/model/hypervisor.js';
import type { RpcConnection } from './rpc/connection.js';
import type { EventMessage } from './rpc/procedure.js';
import { remoteProcedures } from './rpc/procedures.js';

/**
 * One kind of domain events: registered with the daemon while anyone listens, once for all listeners.
 * An event can arrive before the reply to its own registration, so that unknown callback ids count as ours.
 */
export class EventRegistration<M extends { readonly callbackID: number }> {
  readonly #connection: RpcConnection;
  readonly #eventID: number;
  readonly #listeners = new Set<(message: M) => void>();
  /** Registrations that nobody listens to any more, but of which events may still be under way. */
  readonly #retired = new Set<number>();
  #registered: Promise<number> | undefined;

  constructor(connection: RpcConnection, eventID: number, event: EventMessage<M>) {
    this.#connection = connection;
    this.#eventID = eventID;
    connection.on(event, (message) => {
      if (this.#retired.has(message.callbackID)) return;
      for (const listener of [...this.#listeners]) listener(message);
    });
  }

  /** Resolves when the daemon has registered it: from then on no event is missed. */
  async subscribe(listener: (message: M) => void): Promise<Subscription> {
    const own = (message: M) => listener(message);
    this.#listeners.add(own);
    this.#registered ??= this.#register();
    try {
      await this.#registered;
    } catch (error) {
      this.#listeners.delete(own);
      throw error;
    }
    return {
      unsubscribe: () => {
        if (this.#listeners.delete(own) && this.#listeners.size === 0) this.#deregister();
      },
    };
  }

  #register(): Promise<number> {
    const registered = this.#connection
      .call(remoteProcedures.connectDomainEventCallbackRegisterAny, { eventID: this.#eventID, dom: undefined })
      .then(({ callbackID }) => callbackID);
    registered.catch(() => {
      if (this.#registered === registered) this.#registered = undefined;
    });
    return registered;
  }

  #deregister(): void {
    const registered = this.#registered;
    this.#registered = undefined;
    void registered?.then(async (callbackID) => {
      this.#retired.add(callbackID);
      await this.#connection
        .call(remoteProcedures.connectDomainEventCallbackDeregisterAny, { callbackID })
        // a connection that is lost has lost its registrations too
        .catch(() => undefined);
      this.#retired.delete(callbackID);
    });
  }
}
