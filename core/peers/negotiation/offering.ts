import type { DiagramSession, SessionResult } from '../../model/diagram.js';
import type { HelpDone, HelpRequest } from '../../model/messages.js';
import type { HelpCandidate, PeerReadings } from '../../model/peer.js';
import { parseDurationMs } from '../../model/quantity.js';
import { beginSession, textOf, type Operations, type Parameters } from './help-session.js';
import { OFFER_ENDS, type OfferEnd, type OfferEndReport } from './outcome.js';
import type { NegotiatorParts } from './parts.js';
import type { Reservations } from './reservations.js';
import type { Migrations } from './whereabouts.js';

export interface OfferingGround {
  readonly parts: NegotiatorParts;
  readonly migrations: Migrations;
  readonly reservations: Reservations;
  /** Why nothing can be taken in just now; `undefined` where it can. */
  readonly hindrance: () => string | undefined;
}

export interface Confirmation {
  readonly confirmed: boolean;
  readonly why?: string;
}

interface Choice {
  readonly vm: HelpCandidate | null;
  readonly why: string;
  readonly readings?: PeerReadings;
  /** Of the reservations that it took into account. */
  readonly version: number;
}

/** The offering side of one negotiation: a session of `offer-help`, and what its operations do. */
export class Offering {
  readonly end: Promise<OfferEndReport>;
  readonly #session: DiagramSession;
  #choice: Choice | undefined;
  #confirmed = false;
  #ended = false;
  /** Who waits for the answer to an acceptance. */
  readonly #waiting: ((answer: Confirmation) => void)[] = [];

  constructor(
    /** Names the offer, on the whole bus. */
    readonly offer: string,
    readonly request: HelpRequest,
    readonly asker: string,
    private readonly ground: OfferingGround,
  ) {
    const { parts, reservations } = ground;
    this.#session = beginSession(parts, {
      ...{ side: 'offer', diagram: parts.diagrams.offer, negotiation: request.negotiation },
      event: { name: 'help.request', withinMs: request.withinMs },
      operations: this.#operations,
      sends: { 'reservation.free': () => reservations.free(this.offer) },
    });
    this.end = this.#session.done.then((result) => this.#close(result));
  }

  /** The VM that it would take, once that is decided. */
  get vm(): string | undefined {
    return this.#choice?.vm?.name;
  }

  /** Answers an acceptance; a repeated one is answered the same. */
  async accept(vm: string): Promise<Confirmation> {
    if (this.#ended) return { confirmed: false, why: 'the offer is over' };
    if (vm !== this.vm) return { confirmed: false, why: `the offer is for ${this.vm ?? 'nothing yet'}, not for ${vm}` };
    if (this.#confirmed) return { confirmed: true };
    const answer = new Promise<Confirmation>((resolve) => this.#waiting.push(resolve));
    if (this.#waiting.length === 1) this.#session.send({ name: 'help.accepted', data: { vm } });
    return answer;
  }

  release(): void {
    this.#session.send({ name: 'help.released' });
  }

  done({ outcome, why = '' }: HelpDone): void {
    this.#session.send({ name: 'help.done', data: { outcome, why } });
  }

  stop(): void {
    this.#session.stop();
  }

  readonly #operations: Operations = {
    'peer.choose': async () => {
      this.#choice = await this.#choose(this.request.candidates);
      const { vm, why } = this.#choice;
      return { vm, why };
    },
    'peer.reserve': (parameters, signal) => this.#reserve(textOf(parameters, 'vm'), signal),
    'peer.offer': (parameters) => this.#offer(parameters),
    'peer.confirm': () => {
      this.#confirmed = true;
      this.#answer({ confirmed: true });
    },
    'peer.locate': async (parameters, signal) => ({
      vm: await this.ground.migrations.locate({
        negotiation: this.request.negotiation,
        vm: textOf(parameters, 'vm'),
        peer: this.asker,
        timeoutMs: parseDurationMs(textOf(parameters, 'within')),
        signal,
      }),
    }),
  };

  async #choose(candidates: readonly HelpCandidate[]): Promise<Choice> {
    const { parts, reservations, hindrance } = this.ground;
    const [readings, vms] = await Promise.all([parts.host.readings(), parts.host.vms()]);
    const { version } = reservations;
    const hindered = hindrance();
    if (hindered !== undefined) return { vm: null, why: hindered, version };
    const freeMiB = reservations.freeMiB(readings);
    const fitting = candidates.filter(
      ({ name, memoryMiB }) =>
        memoryMiB <= freeMiB && !reservations.expects(name) && !vms.some((own) => own.name === name),
    );
    if (fitting.length === 0) return { vm: null, why: `none fits into ${Math.floor(freeMiB)} MiB of memory`, version };
    const { cell } = this.request;
    const context = { asker: this.asker, expected: reservations.expected, ...(cell === undefined ? {} : { cell }) };
    const suitable = await parts.suitable(fitting, context);
    const vm = fitting.find(({ name }) => name === suitable?.name);
    return vm ? { vm, why: '', readings, version } : { vm: null, why: 'none suits this peer', version };
  }

  /** Decides again where other offers were made since, so that two together never take what each could take alone. */
  async #reserve(vm: string, signal: AbortSignal): Promise<{ readonly reserved: boolean; readonly why: string }> {
    const { reservations, hindrance } = this.ground;
    let choice = this.#choice;
    for (;;) {
      if (choice?.vm?.name !== vm || !choice.readings)
        return { reserved: false, why: choice?.why ?? `${vm} was not chosen` };
      const hindered = signal.aborted ? 'it took too long' : hindrance();
      if (hindered !== undefined) return { reserved: false, why: hindered };
      if (choice.version === reservations.version) {
        const reserved = reservations.reserve(this.offer, choice.vm, choice.readings);
        return { reserved, why: reserved ? '' : `there is no room for ${vm} any more` };
      }
      choice = await this.#choose([choice.vm]);
    }
  }

  #offer(parameters: Parameters): void {
    const { negotiation } = this.request;
    const vm = textOf(parameters, 'vm');
    const untilMs = parseDurationMs(textOf(parameters, 'held'));
    this.ground.parts.bus.publish('help.offer', { negotiation, offer: this.offer, vm, untilMs }, this.asker);
  }

  #answer(answer: Confirmation): void {
    for (const resolve of this.#waiting.splice(0)) resolve(answer);
  }

  #close({ status, finalState, data, error }: SessionResult): OfferEndReport {
    this.#ended = true;
    // the diagram frees it on every way out; a session that is stopped has no way out
    this.ground.reservations.free(this.offer);
    const end = status === 'final' ? endOf(finalState) : 'stopped';
    const why = (data as { readonly why?: string } | undefined)?.why ?? error?.message ?? '';
    this.#answer({ confirmed: false, why: why === '' ? `the offer is over: ${end}` : why });
    const { vm } = this;
    return {
      ...{ negotiation: this.request.negotiation, asker: this.asker, end },
      ...(vm === undefined ? {} : { vm }),
      ...(why === '' ? {} : { why }),
    };
  }
}

/** A diagram of somebody's own may have other ends. */
function endOf(state: string | undefined): OfferEnd {
  return OFFER_ENDS.find((name) => name === state) ?? 'stopped';
}
