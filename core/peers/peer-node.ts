import type { Diagram, DiagramEngine } from '../model/diagram.js';
import type { Clock, TimerHandle } from '../model/clock.js';
import { AttituneError } from '../model/errors.js';
import type { Subscription } from '../model/hypervisor.js';
import type { MemberBus } from '../model/member-bus.js';
import type { PeerHost, PeerNews, PeerReadings, PeerRole, PeerVm, TradePart } from '../model/peer.js';
import type { Random } from '../model/random.js';
import { Arrivals } from './arrivals.js';
import { firstRanks, pickToTake, rankToGive, type ChoiceKind, type Situation } from './choice.js';
import { knowledgeOf, NOTHING_KNOWN, type Knowledge } from './knowledge.js';
import { runLevels, type LevelEnd, type Where } from './levels.js';
import { Negotiator, type HelpDiagrams, type HelpOutcome, type NegotiatorParts } from './negotiation/index.js';
import { helpNotice, roleNotice, tradeNotice } from './notices.js';
import { PeerExchange } from './peer-exchange.js';
import { PeerPolicy } from './policy.js';
import { StandingReader, watchedHost, type Standing } from './standing.js';
import { TradeDesk } from './trading/trade-desk.js';
import type { TradeOutcome } from './trading/trade-outcome.js';
import { Trader } from './trading/trader.js';
import { PeerView, type PeerViewOptions } from './view.js';
import { whatIf } from './what-if.js';

/** The diagrams that a peer runs besides its policy: `peer-levels`, `ask-for-help`, `offer-help`, `trade` of the library. */
export interface PeerDiagrams {
  readonly levels: Diagram;
  readonly help: HelpDiagrams;
  readonly trade: Diagram;
}

export interface PeerNodeOptions {
  readonly bus: MemberBus;
  readonly host: PeerHost;
  readonly engine: DiagramEngine;
  readonly clock: Clock;
  /** Its own: two peers with the same one do the same at the same time. */
  readonly random: Random;
  /** Its policy; see {@link PeerPolicy}. */
  readonly policy: Diagram;
  readonly parameters?: Readonly<Record<string, string>>;
  readonly diagrams: PeerDiagrams;
  /** Other peers that may be there, for the first exchanges, and to find those again that were cut off. */
  readonly contacts: () => readonly string[];
  readonly cell?: string;
  /** `simulated` unless told. */
  readonly choice?: ChoiceKind;
  readonly trading?: boolean;
  readonly adapting?: boolean;
  /** How often it looks at itself. A minute unless told. */
  readonly everyMs?: number;
  /** How soon it looks again after something has changed. A tenth of `everyMs` unless told. */
  readonly settleMs?: number;
  /** Whether it may take VMs in at all, whatever its policy says. */
  readonly accepting?: () => boolean;
  readonly view?: Pick<PeerViewOptions, 'size' | 'shuffle' | 'freshMs'>;
  /** Of the help protocol; see `NegotiatorParts`. */
  readonly negotiation?: Pick<NegotiatorParts, 'parameters' | 'mostOffers' | 'onStep'>;
  /** What people should know, in a sentence. */
  readonly onNotice?: (text: string, data: Readonly<Record<string, unknown>>) => void;
}

export interface PeerCounts {
  /** VMs that it gave away and that came, exchanges included. */
  readonly given: number;
  readonly exchanges: number;
  /** Times that it went through its levels, by how that ended. */
  readonly rounds: Readonly<Record<LevelEnd, number>>;
}

/** Candidates that a request names. */
const MOST_CANDIDATES = 16;
/** Where nobody helps, it is tried again after at most so many looks. */
const MOST_PATIENCE = 4;
/** An exchange is looked for when nobody has helped so often. */
const ALONE_BEFORE_TRADING = 2;
/** How long the host may take to be read. */
const READ_TIMEOUT_MS = 30_000;
const RECENT_MS = 5000;

/**
 * One peer: again and again it reads its host, lets its policy tell its role, and acts on it. Overloaded twice in a row,
 * it goes through its levels (`peer-levels.scxml`); underloaded, it takes in what others offer and its policy would be
 * content with. It decides on nothing that is stale, missing or impossible, nor on what was read before the last change.
 */
export class PeerNode {
  readonly #options: PeerNodeOptions;
  readonly #everyMs: number;
  readonly #policy: PeerPolicy;
  readonly #reader: StandingReader;
  readonly #view: PeerView;
  readonly #exchange: PeerExchange;
  readonly #negotiator: Negotiator;
  readonly #desk: TradeDesk | undefined;
  readonly #trader: Trader | undefined;
  readonly #stopped = new AbortController();
  readonly #arrivals: Arrivals;
  readonly #counts = {
    given: 0,
    exchanges: 0,
    rounds: { adapted: 0, moved: 0, exchanged: 0, alone: 0, failed: 0 } as Record<LevelEnd, number>,
  };
  #timer: TimerHandle;
  #subscriptions: readonly Subscription[] = [];
  #role: PeerRole | undefined;
  #known: { readonly readings: PeerReadings; readonly at: number } | undefined;
  #overloadedLooks = 0;
  #acting: Promise<void> | undefined;
  #where: Where = 'cell';
  #ranks = 1;
  /** Rounds in a row in which nobody helped, and looks to let pass before the next. */
  #alone = 0;
  #patience = 0;
  #wantedMiB = 0;
  #trades = 0;
  #trouble: string | undefined;
  /** The last round ended on the own host: if that was not enough, the next one goes on from there. */
  #adapted = false;

  /** Throws what is wrong with the policy. Call {@link start}. */
  constructor(options: PeerNodeOptions) {
    this.#options = options;
    const { bus, host, engine, clock, random, policy, parameters = {}, cell, diagrams } = options;
    this.#everyMs = options.everyMs ?? 60_000;
    this.#arrivals = new Arrivals(clock);
    this.#policy = new PeerPolicy({ diagram: policy, engine, parameters, clock, peer: host.name });
    const recentMs = Math.min(RECENT_MS, this.#everyMs);
    this.#reader = new StandingReader({ host, clock, recentMs, timeoutMs: READ_TIMEOUT_MS });
    this.#view = new PeerView({ self: host.name, cell, random, ...options.view });
    this.#exchange = new PeerExchange({
      ...{ bus, clock, random, view: this.#view, contacts: options.contacts, own: () => this.news },
    });
    this.#negotiator = new Negotiator({
      ...{ bus, engine, host: watchedHost(host, this.#reader), clock, random, diagrams: diagrams.help },
      ...(cell === undefined ? {} : { cell }),
      ...options.negotiation,
      candidates: () => this.#candidates(),
      whomToAsk: (most) => this.#toAsk(most),
      suitable: (candidates, { expected }) => this.#suitable(candidates, expected),
      accepting: () => this.#takes(),
      onOfferEnd: ({ end, vm }) => {
        if (end === 'arrived' && vm !== undefined) this.#came(vm);
      },
    });
    if (options.trading !== true) return;
    const shared = {
      bus,
      host,
      clock,
      situation: () => this.#situation(),
      stays: (vm: string) => this.#arrivals.stays(vm),
    };
    const changed = () => this.#reader.changed();
    this.#desk = new TradeDesk({
      ...{ ...shared, changed, came: (vm: string) => this.#came(vm), busy: () => this.#negotiator.busy },
      onNotice: (text, data) => this.#notice(text, data),
    });
    this.#trader = new Trader({
      ...{ ...shared, changed, engine, diagram: diagrams.trade, desk: this.#desk },
      newName: () => `${bus.name}.${clock.now().toString(36)}.${(this.#trades += 1)}`,
      others: (most) => [...this.#view.toTrade(most, clock.now())],
    });
  }

  /** The role at its last look; absent before the first, and while the host cannot be judged. */
  get role(): PeerRole | undefined {
    return this.#role;
  }
  get counts(): PeerCounts {
    return this.#counts;
  }
  get view(): PeerView {
    return this.#view;
  }
  /** What it has promised in an exchange. */
  get part(): TradePart | undefined {
    return this.#desk?.part;
  }
  get negotiator(): Negotiator {
    return this.#negotiator;
  }
  /** What it tells of itself; absent as long as it knows nothing. */
  get news(): PeerNews | undefined {
    const { host, clock, cell } = this.#options;
    if (!this.#known || !this.#role) return undefined;
    const ageMs = Math.max(0, clock.now() - this.#known.at);
    const news = {
      peer: host.name,
      role: this.#role,
      accepting: this.#mayTake(),
      readings: this.#known.readings,
      ageMs,
    };
    return cell === undefined ? news : { ...news, cell };
  }

  /** Begins to look; the first time at a moment of its own within `everyMs`. */
  start(): void {
    const { random } = this.#options;
    this.#subscriptions = [this.#exchange.answer()];
    this.#lookIn(random.next() * this.#everyMs);
  }

  /** Ends what it does; a migration of its own that goes on is aborted, and waited for. */
  async stop(): Promise<void> {
    if (this.#stopped.signal.aborted) return;
    this.#stopped.abort(new AttituneError('cancelled', 'The peer stops.'));
    this.#options.clock.clearTimeout(this.#timer);
    for (const subscription of this.#subscriptions) subscription.unsubscribe();
    this.#desk?.close();
    await this.#negotiator.close();
    await this.#acting;
    this.#policy.close();
  }

  #lookIn(ms: number): void {
    const { clock } = this.#options;
    clock.clearTimeout(this.#timer);
    if (this.#stopped.signal.aborted) return;
    this.#timer = clock.setTimeout(() => {
      // a tenth more or less, so that peers that began together do not stay together
      this.#lookIn(this.#everyMs * (0.9 + 0.2 * this.#options.random.next()));
      this.#exchange.exchange(this.#stopped.signal);
      void this.#look();
    }, ms);
  }

  async #look(): Promise<void> {
    let standing: Standing;
    try {
      standing = await this.#reader.current(true);
      if (this.#stopped.signal.aborted) return;
      this.#assume(this.#policy.role(standing.readings, this.#knowledge()), standing);
    } catch (error) {
      this.#cannotJudge(AttituneError.from(error));
      return;
    }
    const confirmed = this.#overloadedLooks >= 2;
    if (!confirmed || this.#acting || this.#desk?.part) return;
    if (this.#patience > 0) {
      this.#patience -= 1;
      return;
    }
    this.#acting = this.#act().finally(() => {
      this.#acting = undefined;
    });
  }

  #assume(role: PeerRole, { readings, at }: Standing): void {
    const { host } = this.#options;
    const before = this.#role;
    this.#role = role;
    this.#known = { readings, at };
    this.#trouble = undefined;
    this.#overloadedLooks = role === 'overloaded' ? this.#overloadedLooks + 1 : 0;
    if (role !== 'overloaded') this.#beginAnew();
    if (role !== before) this.#notice(roleNotice(host.name, role, readings), { role, ...readings });
  }

  #cannotJudge(error: AttituneError): void {
    if (this.#stopped.signal.aborted) return;
    this.#role = undefined;
    this.#overloadedLooks = 0;
    if (this.#trouble === error.message) return;
    this.#trouble = error.message;
    this.#notice(`${this.#options.host.name} decides nothing: ${error.message}`, { code: error.code });
  }

  #beginAnew(): void {
    this.#ranks = 1;
    this.#alone = 0;
    this.#patience = 0;
  }

  async #act(): Promise<void> {
    const { engine, clock, host, diagrams } = this.#options;
    const { end, why } = await runLevels({
      ...{ diagram: diagrams.levels, engine, clock, peer: host.name, signal: this.#stopped.signal },
      ...(this.#adapted ? { parameters: { local: 'no' } } : {}),
      operations: {
        adapt: async () => this.#adapt(),
        help: (where) => this.#help(where),
        trade: (signal) => this.#trade(signal),
      },
    });
    if (this.#stopped.signal.aborted) return;
    this.#counts.rounds[end] += 1;
    this.#adapted = end === 'adapted';
    if (why !== undefined) this.#notice(`${host.name} could not act: ${why}`, {});
    if (end === 'alone' || end === 'failed') {
      this.#ranks += 1;
      this.#alone += 1;
      this.#patience = Math.min(MOST_PATIENCE, this.#alone - 1);
      if (this.#alone === 1) this.#notice(`${host.name} found no help yet`, {});
      return;
    }
    this.#beginAnew();
    this.#reader.changed();
    this.#lookIn(this.#options.settleMs ?? this.#everyMs / 10);
  }

  async #adapt(): Promise<readonly string[]> {
    const changes = await this.#options.host.adapt();
    for (const change of changes) this.#notice(change, { level: 'host' });
    return changes;
  }

  async #help(where: Where): Promise<HelpOutcome> {
    const { host } = this.#options;
    this.#where = where;
    if (this.#toAsk(1).length === 0) return { kind: 'unanswered', why: 'nobody is known that could help' };
    const outcome = await this.#negotiator.askForHelp();
    if (outcome.kind === 'moved') this.#counts.given += 1;
    this.#tell(helpNotice(host.name, outcome), outcome);
    return outcome;
  }

  async #trade(signal: AbortSignal): Promise<TradeOutcome> {
    const { host } = this.#options;
    if (!this.#trader || this.#alone + 1 < ALONE_BEFORE_TRADING || this.#negotiator.busy)
      return { kind: 'none', why: 'an exchange is not looked for now' };
    const outcome = await this.#trader.trade(signal);
    this.#tell(tradeNotice(host.name, outcome), outcome);
    if (outcome.kind === 'none' || outcome.kind === 'refused') return outcome;
    const moved = outcome.kind === 'done' ? outcome.steps : outcome.steps.slice(0, outcome.done);
    this.#counts.given += moved.filter(({ from }) => from === host.name).length;
    for (const { vm, to } of moved) if (to === host.name) this.#came(vm);
    if (outcome.kind === 'done') this.#counts.exchanges += 1;
    return outcome;
  }

  #knowledge(): Knowledge {
    const { adapting, clock } = this.#options;
    return adapting === true ? knowledgeOf(this.#view.news(clock.now())) : NOTHING_KNOWN;
  }

  /** The host as it stands, with what is promised to come counted in. */
  async #situation(
    expected = this.#negotiator.reservations.expected,
  ): Promise<{ readonly standing: Standing; readonly situation: Situation }> {
    const standing = await this.#reader.current();
    const known = this.#knowledge();
    const readings = whatIf(standing.readings, { plus: expected });
    return { standing, situation: { readings, roleIf: (thought) => this.#policy.roleIf(thought, known) } };
  }

  async #candidates(): Promise<readonly PeerVm[]> {
    const { choice = 'simulated', random } = this.#options;
    const { standing, situation } = await this.#situation();
    if (situation.roleIf(situation.readings) !== 'overloaded') return [];
    const movable = standing.vms.filter(({ name }) => !this.#arrivals.stays(name));
    const ranked = rankToGive(choice, movable, situation, random);
    const chosen = firstRanks(ranked, this.#ranks).slice(0, MOST_CANDIDATES);
    this.#wantedMiB = Math.min(...chosen.map(({ memoryMiB }) => memoryMiB));
    return chosen;
  }

  #toAsk(most: number): readonly string[] {
    const wanted = Number.isFinite(this.#wantedMiB) ? this.#wantedMiB : 0;
    return this.#view.toAsk(most, wanted, this.#where, this.#options.clock.now());
  }

  async #suitable(candidates: readonly PeerVm[], expected: readonly PeerVm[]): Promise<PeerVm | undefined> {
    const { situation } = await this.#situation(expected);
    return pickToTake(candidates, situation);
  }

  #mayTake(): boolean {
    return this.#options.accepting?.() ?? true;
  }

  #takes(): boolean {
    return this.#mayTake() && this.#role === 'underloaded' && !this.#desk?.part && !this.#stopped.signal.aborted;
  }

  #came(vm: string): void {
    this.#arrivals.note(vm);
    this.#negotiator.noteArrival(vm);
    this.#reader.changed();
  }

  #tell(text: string | undefined, outcome: HelpOutcome | TradeOutcome): void {
    if (text !== undefined) this.#notice(text, { ...outcome });
  }

  #notice(text: string, data: Readonly<Record<string, unknown>>): void {
    this.#options.onNotice?.(text, { peer: this.#options.host.name, ...data });
  }
}
