import type { Clock, TimerHandle } from '../../model/clock.js';
import { AttituneError } from '../../model/errors.js';
import type { Subscription } from '../../model/hypervisor.js';
import type { MemberBus } from '../../model/member-bus.js';
import type { Questions } from '../../model/messages.js';
import type { PeerHost, TradePart } from '../../model/peer.js';
import type { Situation } from '../choice.js';
import type { Standing } from '../standing.js';
import { agrees, waysToTrade } from './trade-ways.js';

type Answer<Q extends 'trade.survey' | 'trade.reserve' | 'trade.move'> = Questions[Q]['answers'];

export interface TradeDeskOptions {
  readonly bus: MemberBus;
  readonly host: PeerHost;
  readonly clock: Clock;
  /** How the host stands now, and what its policy makes of it. */
  readonly situation: () => Promise<{ readonly standing: Standing; readonly situation: Situation }>;
  /** Whether it gives or takes by another way now. */
  readonly busy: () => boolean;
  /** VMs that may not go now, since they have only just come. */
  readonly stays: (vm: string) => boolean;
  /** A VM has gone, or may have come. */
  readonly changed: () => void;
  /** The VM of a part has come. */
  readonly came: (vm: string) => void;
  readonly onNotice: (text: string, data: Readonly<Record<string, unknown>>) => void;
}

interface Held {
  readonly part: TradePart;
  readonly by: string;
  /** What was told when it was reserved. */
  readonly freeMiB: number;
  readonly abort: AbortController;
  timer: TimerHandle;
  move?: Answer<'trade.move'>;
}

/**
 * The side of an exchange that agrees: it tells what it would take and give, keeps one part at a time, and gives its VM
 * away when it is its turn. What nobody speaks of any more is let go; a migration that goes on is never cut off by that.
 */
export class TradeDesk {
  readonly #options: TradeDeskOptions;
  readonly #subscriptions: readonly Subscription[];
  #held: Held | undefined;

  constructor(options: TradeDeskOptions) {
    this.#options = options;
    const { bus } = options;
    this.#subscriptions = [
      bus.respond('trade.survey', ({ vms }) => this.#survey(vms)),
      bus.respond('trade.reserve', (part, from) => this.reserve(part, from)),
      bus.respond('trade.move', (turn, from) => this.#move(turn, from)),
      bus.subscribe('trade.end', ({ trade, outcome }, from) => this.end(trade, from, outcome)),
    ];
  }

  /** The part that is kept. */
  get part(): TradePart | undefined {
    return this.#held?.part;
  }

  /** Keeps a part, for `by`, or keeps it longer; the peer that looks for an exchange keeps its own so, too. */
  async reserve(part: TradePart, by: string): Promise<Answer<'trade.reserve'>> {
    const { situation, busy, stays } = this.#options;
    const refuse = (why: string) => ({ reserved: false, why, freeMiB: 0 });
    const held = this.#held;
    if (held?.part.trade === part.trade && held.by === by) {
      this.#options.clock.clearTimeout(held.timer);
      held.timer = this.#timer(held.part);
      return { reserved: true, freeMiB: held.freeMiB };
    }
    if (held) return refuse('it takes part in another exchange');
    if (busy()) return refuse('it gives or takes a VM by another way');
    const now = await situation();
    const gives = now.standing.vms.find(({ name }) => name === part.gives);
    if (part.gives !== undefined && (!gives || stays(part.gives))) return refuse(`it cannot give ${part.gives} now`);
    if (by !== this.#options.bus.name && !agrees(now.situation, part.takes, gives))
      return refuse('it would be worse off');
    // another one may have come first while the host was read
    if (this.#heldNow()) return refuse('it takes part in another exchange');
    if (busy()) return refuse('it gives or takes a VM by another way');
    const freeMiB = now.situation.readings.actualFreeMemory;
    this.#held = { part, by, freeMiB, abort: new AbortController(), timer: this.#timer(part) };
    return { reserved: true, freeMiB };
  }

  #heldNow(): Held | undefined {
    return this.#held;
  }

  /** Lets a part go. */
  end(trade: string, by: string, outcome: 'done' | 'aborted'): void {
    if (this.#held?.part.trade !== trade || this.#held.by !== by) return;
    const { takes } = this.#held.part;
    if (outcome === 'done' && takes) this.#options.came(takes.name);
    this.#letGo();
  }

  close(): void {
    for (const subscription of this.#subscriptions) subscription.unsubscribe();
    this.#held?.abort.abort(new AttituneError('cancelled', 'The peer stops.'));
    this.#letGo();
  }

  async #survey(vms: Questions['trade.survey']['asks']['vms']): Promise<Answer<'trade.survey'>> {
    const { situation, busy, stays } = this.#options;
    if (this.#held || busy()) return { ways: [] };
    const { standing, situation: now } = await situation();
    const own = standing.vms.filter(({ name }) => !stays(name));
    return { ways: waysToTrade(vms, own, now) };
  }

  #move({ trade, vm, to }: Questions['trade.move']['asks'], from: string): Answer<'trade.move'> {
    const held = this.#held;
    if (!held || held.part.trade !== trade || held.by !== from || held.part.gives !== vm)
      return { state: 'failed', why: 'it does not take part in that exchange any more' };
    this.#options.clock.clearTimeout(held.timer);
    held.timer = this.#timer(held.part);
    if (!held.move) {
      held.move = { state: 'moving' };
      this.#give(held, vm, to);
    }
    return held.move;
  }

  #give(held: Held, vm: string, to: string): void {
    const { host, changed, onNotice } = this.#options;
    host.migrate(vm, to, held.abort.signal).then(
      () => {
        held.move = { state: 'moved' };
        changed();
        onNotice(`${vm} moved from ${host.name} to ${to}, in an exchange`, { vm, to, trade: held.part.trade });
      },
      (error: unknown) => {
        const why = AttituneError.from(error, 'migration-failed').message;
        held.move = { state: 'failed', why };
        changed();
        onNotice(`${vm} could not be moved to ${to}, in an exchange: ${why}`, { vm, to, trade: held.part.trade });
      },
    );
  }

  #timer({ untilMs }: TradePart): TimerHandle {
    const { clock } = this.#options;
    return clock.setTimeout(() => {
      if (this.#held?.move?.state === 'moving') {
        this.#held.timer = this.#timer(this.#held.part);
        return;
      }
      this.#letGo();
    }, untilMs);
  }

  #letGo(): void {
    if (!this.#held) return;
    this.#options.clock.clearTimeout(this.#held.timer);
    this.#held = undefined;
    this.#options.changed();
  }
}
