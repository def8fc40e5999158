import type { DiagramSession, SessionResult } from '../../model/diagram.js';
import { AttituneError } from '../../model/errors.js';
import type { HelpOffer } from '../../model/messages.js';
import type { MigrationOutcome } from '../../model/migration.js';
import type { HelpCandidate } from '../../model/peer.js';
import { parseDurationMs, parseInteger } from '../../model/quantity.js';
import { beginSession, textOf, type Operations, type Parameters } from './help-session.js';
import type { HelpOutcome, MutableCounts } from './outcome.js';
import type { NegotiatorParts } from './parts.js';
import type { Migrations } from './whereabouts.js';

interface HeardOffer {
  readonly peer: string;
  readonly vm: string;
}

export interface AskingGround {
  readonly parts: NegotiatorParts;
  readonly migrations: Migrations;
  readonly counts: MutableCounts;
  /** The VMs that may be given away now, of those that the peer would like to give. */
  readonly candidates: (coolDownMs: number) => Promise<readonly HelpCandidate[]>;
}

/** The asking side of one negotiation: a session of `ask-for-help`, and what its operations do. */
export class Asking {
  readonly outcome: Promise<HelpOutcome>;
  readonly #session: DiagramSession;
  readonly #asked = new Set<string>();
  readonly #offers = new Map<string, HeardOffer>();
  /** The offer that was accepted last; confirmed or not. */
  #accepted: string | undefined;
  #confirmed: string | undefined;
  #told = false;
  #migration: MigrationOutcome | undefined;

  constructor(
    readonly negotiation: string,
    private readonly ground: AskingGround,
  ) {
    const { parts } = ground;
    this.#session = beginSession(parts, {
      ...{ side: 'ask', diagram: parts.diagrams.ask, negotiation, operations: this.#operations },
      sends: { 'help.release': ({ component = '', arg = '' }) => this.#release(component, arg) },
    });
    this.outcome = this.#session.done.then((result) => this.#end(result));
  }

  /** An offer has come. What nobody was asked for is released at once, and so is everything after the end. */
  hear({ offer, vm, untilMs }: HelpOffer, from: string): void {
    const { counts } = this.ground;
    if (this.#offers.has(offer)) {
      counts.repeated += 1;
      return;
    }
    if (!this.#asked.has(from)) {
      counts.strange += 1;
      this.#release(from, offer);
      return;
    }
    this.#offers.set(offer, { peer: from, vm });
    this.#session.send({ name: 'help.offered', data: { peer: from, offer, vm, untilMs } });
  }

  /** True while a migration of the VM may still begin, goes on, or is in doubt. */
  gives(vm: string): boolean {
    return this.#accepted !== undefined && this.#offers.get(this.#accepted)?.vm === vm;
  }

  stop(): void {
    this.#session.stop();
  }

  readonly #operations: Operations = {
    'peer.candidates': async (parameters) => {
      const candidates = await this.ground.candidates(parseDurationMs(textOf(parameters, 'coolDown')));
      return { candidates, why: candidates.length === 0 ? 'there is no VM to give away' : '' };
    },
    'peer.request': (parameters) => this.#request(parameters),
    'peer.accept': (parameters, signal) => this.#accept(parameters, signal),
    'peer.migrate': (parameters, signal) => this.#migrate(parameters, signal),
    'peer.locate': async (parameters, signal) => ({
      vm: await this.ground.migrations.locate({
        negotiation: this.negotiation,
        vm: textOf(parameters, 'vm'),
        peer: textOf(parameters, 'peer'),
        timeoutMs: parseDurationMs(textOf(parameters, 'within')),
        signal,
      }),
    }),
    'peer.done': (parameters) => {
      const offer = textOf(parameters, 'offer');
      const why = parameters['why'] === undefined ? undefined : textOf(parameters, 'why');
      this.#tell(offer, textOf(parameters, 'outcome') === 'moved' ? 'moved' : 'failed', why);
    },
  };

  #request(parameters: Parameters): { readonly asked: readonly string[] } {
    const { parts } = this.ground;
    const { bus, host, cell } = parts;
    const candidates = parameters['candidates'] as readonly HelpCandidate[];
    const withinMs = parseDurationMs(textOf(parameters, 'within'));
    const asked = parts.whomToAsk(parseInteger(textOf(parameters, 'fanout'), undefined, { min: 1 }));
    const { negotiation } = this;
    for (const peer of asked) {
      if (peer === host.name || peer === bus.name) continue;
      this.#asked.add(peer);
      bus.publish('help.request', { negotiation, candidates, withinMs, ...(cell === undefined ? {} : { cell }) }, peer);
    }
    return { asked: [...this.#asked] };
  }

  async #accept(parameters: Parameters, signal: AbortSignal) {
    const offer = textOf(parameters, 'offer');
    const { peer, vm } = this.#heard(offer);
    this.#accepted = offer;
    const timeoutMs = parseDurationMs(textOf(parameters, 'within'));
    const { negotiation } = this;
    const { bus } = this.ground.parts;
    const answer = await bus.request(peer, 'help.accept', { negotiation, offer, vm }, { timeoutMs, signal });
    if (answer.confirmed && !signal.aborted) this.#confirmed = offer;
    return { confirmed: answer.confirmed, why: answer.why ?? 'no reason was given' };
  }

  /** Whatever a diagram says, only what was confirmed is migrated, and only once. */
  async #migrate(parameters: Parameters, signal: AbortSignal): Promise<MigrationOutcome> {
    const vm = textOf(parameters, 'vm');
    const to = textOf(parameters, 'to');
    const offer = this.#confirmed === undefined ? undefined : this.#offers.get(this.#confirmed);
    this.#confirmed = undefined;
    if (offer?.vm !== vm || offer.peer !== to)
      throw new AttituneError('not-permitted', `no confirmed offer lets ${vm} move to ${to}.`);
    return (this.#migration = await this.ground.migrations.migrate(vm, to, signal));
  }

  #heard(offer: string): HeardOffer {
    const heard = this.#offers.get(offer);
    if (!heard) throw new AttituneError('value', `there is no offer "${offer}" in this negotiation.`);
    return heard;
  }

  #release(peer: string, offer: string): void {
    if (this.#accepted === offer) this.#accepted = undefined;
    this.ground.parts.bus.publish('help.release', { negotiation: this.negotiation, offer }, peer);
  }

  #tell(offer: string, outcome: 'moved' | 'failed', why: string | undefined): void {
    const { peer, vm } = this.#heard(offer);
    const { negotiation } = this;
    this.#told = true;
    const message = { negotiation, offer, vm, outcome, ...(why === undefined || why === '' ? {} : { why }) };
    this.ground.parts.bus.publish('help.done', message, peer);
  }

  async #end({ status, finalState, data, error }: SessionResult): Promise<HelpOutcome> {
    if (status === 'final') return this.#outcomeOf(finalState ?? '', data as Partial<Record<string, string>>);
    const why = error?.message ?? 'the peer was stopped';
    const offer = this.#accepted;
    if (offer !== undefined && !this.#told) {
      // what was begun is aborted with the session; the offerer is told what came of it
      await this.ground.migrations.ended();
      if (this.#migration) this.#tell(offer, 'moved', undefined);
      else this.#release(this.#heard(offer).peer, offer);
    }
    return { kind: 'stopped', why };
  }

  #outcomeOf(kind: string, { vm = '', to = '', why = '' }: Partial<Record<string, string>>): HelpOutcome {
    if (kind === 'moved') return { kind, vm, to, ...(this.#migration ? { migration: this.#migration } : {}) };
    if (kind === 'failed' || kind === 'uncertain') return { kind, vm, to, why };
    if (kind === 'nothing' || kind === 'unanswered') return { kind, why };
    // a diagram of somebody's own may have other ends
    return { kind: 'stopped', why: `it ended in "${kind}"` };
  }
}
