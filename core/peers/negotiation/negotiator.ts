import type { Subscription } from '../../model/hypervisor.js';
import type { HelpDone, HelpOffer, HelpRelease, HelpRequest } from '../../model/messages.js';
import type { HelpAcceptance, HelpCandidate } from '../../model/peer.js';
import { Asking } from './asking.js';
import { Offering, type Confirmation } from './offering.js';
import { noCounts, type HelpOutcome, type NegotiationCounts, type OfferEndReport } from './outcome.js';
import type { NegotiatorParts } from './parts.js';
import { Recent } from './recent.js';
import { Reservations } from './reservations.js';
import { Migrations } from './whereabouts.js';

const MOST_OFFERS = 16;
/** How many ended negotiations are remembered, so that a request that comes again is known. */
const REMEMBERED = 64;

/**
 * One peer's part in the help protocol: a session of `ask-for-help` for what it gives, one of `offer-help` for each request
 * that it hears. While nothing is negotiated it has no sessions and no timers.
 */
export class Negotiator {
  /** Memory that is promised to VMs that may come; other ways of taking a VM in reserve here, too. */
  readonly reservations = new Reservations();
  readonly #parts: NegotiatorParts;
  readonly #migrations: Migrations;
  readonly #counts = noCounts();
  readonly #subscriptions: readonly Subscription[];
  readonly #names: string;
  #asking: Asking | undefined;
  #offerings: Map<string, Offering> | undefined;
  /** By negotiation and asker: who has asked is not heard twice. */
  readonly #ended = new Recent<true>(REMEMBERED);
  /** When each VM came that came by an offer. */
  #arrivals: Map<string, number> | undefined;
  #lastNumber = 0;
  #closed = false;

  constructor(parts: NegotiatorParts) {
    this.#parts = parts;
    this.#migrations = new Migrations(parts);
    const { bus, clock, random } = parts;
    // another life of this peer has other names, and so has another peer of this name on another bus
    this.#names = `${bus.name}.${clock.now().toString(36)}${Math.floor(random.next() * 36 ** 6).toString(36)}`;
    this.#subscriptions = [
      bus.subscribe('help.request', (request, from) => this.#onRequest(request, from)),
      bus.subscribe('help.offer', (offer, from) => this.#onOffer(offer, from)),
      bus.subscribe('help.release', (release, from) => this.#offering(release, from)?.release()),
      bus.subscribe('help.done', (done, from) => this.#onDone(done, from)),
      bus.respond('help.accept', (acceptance, from) => this.#onAccept(acceptance, from)),
      bus.respond('help.where', ({ negotiation, vm }) => this.#onWhere(negotiation, vm)),
    ];
  }

  /**
   * Gives one VM away, if another peer takes it: one negotiation from the request to the end of the migration. Never
   * rejects; `busy` at once where another one goes on.
   */
  async askForHelp(): Promise<HelpOutcome> {
    const outcome = await this.#ask();
    this.#counts.asked[outcome.kind] += 1;
    return outcome;
  }

  /** True while this peer gives, or has promised to take. */
  get busy(): boolean {
    return this.giving || this.reservations.size > 0;
  }

  /** True from `askForHelp` to its outcome. */
  get giving(): boolean {
    return this.#asking !== undefined;
  }

  get reservedMiB(): number {
    return this.reservations.reservedMiB;
  }

  get counts(): NegotiationCounts {
    return this.#counts;
  }

  /** A VM came in another way than by an offer: it is left in peace for the cool-down, too. */
  noteArrival(vm: string): void {
    (this.#arrivals ??= new Map()).set(vm, this.#parts.clock.now());
  }

  /**
   * Ends all negotiations: nothing is offered any more, what was offered or accepted is released, a migration that goes on
   * is aborted, and waited for. Idempotent.
   */
  async close(): Promise<void> {
    this.#closed = true;
    for (const subscription of this.#subscriptions) subscription.unsubscribe();
    const offerings = [...(this.#offerings?.values() ?? [])];
    this.#asking?.stop();
    for (const offering of offerings) offering.stop();
    await Promise.all([this.#asking?.outcome, ...offerings.map(({ end }) => end)]);
    await this.#migrations.ended();
  }

  async #ask(): Promise<HelpOutcome> {
    if (this.#closed) return { kind: 'stopped', why: 'the peer was stopped' };
    if (this.giving) return { kind: 'busy', why: 'it is giving another VM away' };
    if (this.#parts.bothWays !== true && this.reservations.size > 0)
      return { kind: 'busy', why: 'it has promised to take a VM in' };
    const asking = new Asking(this.#newName(), {
      parts: this.#parts,
      migrations: this.#migrations,
      counts: this.#counts,
      candidates: (coolDownMs) => this.#candidates(coolDownMs),
    });
    this.#asking = asking;
    try {
      return await asking.outcome;
    } finally {
      this.#asking = undefined;
    }
  }

  async #candidates(coolDownMs: number): Promise<readonly HelpCandidate[]> {
    const now = this.#parts.clock.now();
    for (const [vm, at] of this.#arrivals ?? []) if (now - at >= coolDownMs) this.#arrivals?.delete(vm);
    if (this.#arrivals?.size === 0) this.#arrivals = undefined;
    const wished = await this.#parts.candidates();
    const settled = wished.filter(({ name }) => this.#arrivals?.has(name) !== true && !this.#migrations.began(name));
    if (!this.#parts.host.migrating) return settled;
    // a former life of this peer may have begun a migration that still goes on
    const moving = await Promise.all(settled.map(({ name }) => this.#migrations.moving(name)));
    return settled.filter((_, index) => moving[index] === false);
  }

  /** Why this peer takes nothing in just now. */
  #hindrance(): string | undefined {
    if (this.#closed) return 'the peer was stopped';
    if (this.giving && this.#parts.bothWays !== true) return 'it is giving a VM away itself';
    return this.#parts.accepting() ? undefined : 'it takes no VMs in';
  }

  #onRequest(request: HelpRequest, from: string): void {
    const { negotiation, candidates } = request;
    const key = keyOf(negotiation, from);
    const offerings = (this.#offerings ??= new Map<string, Offering>());
    const known = [...offerings.values()].some(
      (each) => each.asker === from && each.request.negotiation === negotiation,
    );
    if (known || this.#ended.has(key)) {
      this.#counts.repeated += 1;
      return;
    }
    const full = offerings.size >= (this.#parts.mostOffers ?? MOST_OFFERS);
    if (full || from === this.#parts.bus.name || candidates.length === 0 || this.#hindrance() !== undefined) {
      this.#counts.refused += 1;
      return;
    }
    const offering = new Offering(this.#newName(), request, from, {
      parts: this.#parts,
      migrations: this.#migrations,
      reservations: this.reservations,
      hindrance: () => this.#hindrance(),
    });
    offerings.set(offering.offer, offering);
    void offering.end.then((report) => this.#onOfferEnd(offering.offer, key, report));
  }

  #onOfferEnd(offer: string, key: string, report: OfferEndReport): void {
    const { end, vm } = report;
    this.#offerings?.delete(offer);
    if (this.#offerings?.size === 0) this.#offerings = undefined;
    this.#ended.set(key, true);
    this.#counts.offered[end] += 1;
    if (end === 'arrived' && vm !== undefined) this.noteArrival(vm);
    this.#parts.onOfferEnd?.(report);
  }

  #onOffer(offer: HelpOffer, from: string): void {
    const { negotiation } = offer;
    if (this.#asking?.negotiation === negotiation) {
      this.#asking.hear(offer, from);
      return;
    }
    this.#counts.strange += 1;
    this.#parts.bus.publish('help.release', { negotiation, offer: offer.offer }, from);
  }

  #onDone(done: HelpDone, from: string): void {
    const offering = this.#offering(done, from);
    if (offering) offering.done(done);
    // it had been given up, and came all the same
    else if (done.outcome === 'moved' && this.#ended.has(keyOf(done.negotiation, from))) this.noteArrival(done.vm);
  }

  async #onAccept(acceptance: HelpAcceptance, from: string): Promise<Confirmation> {
    const offering = this.#offering(acceptance, from);
    return offering ? offering.accept(acceptance.vm) : { confirmed: false, why: 'there is no such offer (any more)' };
  }

  async #onWhere(negotiation: string, vm: string): Promise<{ readonly here: boolean; readonly moving: boolean }> {
    const { here, moving } = await this.#migrations.here(vm);
    const asking = this.#asking?.negotiation === negotiation && this.#asking.gives(vm);
    return { here, moving: moving || asking };
  }

  /** The offer that a message is about, if the message comes from whom it was made to. */
  #offering({ offer, negotiation }: HelpRelease, from: string): Offering | undefined {
    const offering = this.#offerings?.get(offer);
    if (offering?.asker === from && offering.request.negotiation === negotiation) return offering;
    this.#counts.strange += 1;
    return undefined;
  }

  #newName(): string {
    this.#lastNumber += 1;
    return `${this.#names}.${this.#lastNumber.toString(36)}`;
  }
}

function keyOf(negotiation: string, asker: string): string {
  return `${asker} ${negotiation}`;
}
