import type { Clock } from '../model/clock.js';
import type { Subscription } from '../model/hypervisor.js';
import type { MemberBus } from '../model/member-bus.js';
import type { PeerNews } from '../model/peer.js';
import type { Random } from '../model/random.js';
import type { PeerView } from './view.js';

export interface PeerExchangeOptions {
  readonly bus: MemberBus;
  readonly clock: Clock;
  readonly random: Random;
  readonly view: PeerView;
  readonly own: () => PeerNews | undefined;
  readonly contacts: () => readonly string[];
}

const ANSWER_MS = 5000;
/** With fewer known peers than this the contacts are asked. */
const FEW = 3;
/** Each so many exchanges one is with a contact, whoever is known: two halves that were apart find each other again. */
const CONTACT_EVERY = 6;

/** The messages of peer sampling: one exchange at a time, with one other peer. What is done with the news is the view's. */
export class PeerExchange {
  readonly #options: PeerExchangeOptions;
  #count = 0;
  #running = false;

  constructor(options: PeerExchangeOptions) {
    this.#options = options;
  }

  /** Answers the exchanges of others, until it is unsubscribed. */
  answer(): Subscription {
    const { bus, clock, view, own } = this.#options;
    return bus.respond('peers.exchange', ({ news }, from) => {
      const now = clock.now();
      const told = view.toTell(from, own(), now);
      view.learn(
        news,
        now,
        told.map(({ peer }) => peer),
      );
      return { news: told };
    });
  }

  /** Exchanges with one peer; one that does not answer is forgotten. Nothing while the last exchange goes on. */
  exchange(signal: AbortSignal): void {
    const partner = this.#running ? undefined : this.#partner();
    if (partner === undefined) return;
    const { bus, clock, view, own } = this.#options;
    const news = view.toTell(partner, own(), clock.now());
    this.#running = true;
    bus
      .request(partner, 'peers.exchange', { news }, { timeoutMs: ANSWER_MS, signal })
      .then(
        (answer) => {
          view.learn(
            answer.news,
            clock.now(),
            news.map(({ peer }) => peer),
          );
        },
        () => view.forget(partner),
      )
      .finally(() => {
        this.#running = false;
      });
  }

  #partner(): string | undefined {
    const { view, contacts, bus, random } = this.#options;
    this.#count += 1;
    const known = view.peers.length;
    if (known >= FEW && this.#count % CONTACT_EVERY !== 0) return view.partner();
    const all = contacts();
    // a few tries instead of a copy of a list that may be long
    for (let attempt = 0; attempt < 4; attempt += 1) {
      const contact = all[Math.floor(random.next() * all.length)];
      if (contact !== undefined && contact !== bus.name) return contact;
    }
    return view.partner();
  }
}
