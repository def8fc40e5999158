import { runPeerDiagram } from '../run-peer-diagram.js';
import type { Diagram, DiagramEngine } from '../../model/diagram.js';
import { delay, type Clock, type TimerHandle } from '../../model/clock.js';
import { AttituneError } from '../../model/errors.js';
import type { MemberBus } from '../../model/member-bus.js';
import type { Questions } from '../../model/messages.js';
import type { PeerHost, PeerVm, TradePart } from '../../model/peer.js';
import type { Situation } from '../choice.js';
import type { Standing } from '../standing.js';
import { exchanges, givenInReturn, stepsOf, type Part, type WaysByPeer } from './plan-trade.js';
import type { TradeDesk } from './trade-desk.js';
import type { TradeOutcome, TradeStep } from './trade-outcome.js';

export interface TraderOptions {
  readonly bus: MemberBus;
  readonly host: PeerHost;
  readonly engine: DiagramEngine;
  /** `diagrams/library/trade.scxml`. */
  readonly diagram: Diagram;
  readonly parameters?: Readonly<Record<string, string>>;
  readonly clock: Clock;
  readonly desk: TradeDesk;
  /** Names an exchange; never the same twice. */
  readonly newName: () => string;
  readonly situation: () => Promise<{ readonly standing: Standing; readonly situation: Situation }>;
  readonly stays: (vm: string) => boolean;
  /** Whom to ask. */
  readonly others: (most: number) => readonly string[];
  readonly changed: () => void;
}

/** How long a question waits, and how long a part is kept without another word. */
const ANSWER_MS = 5000;
const KEPT_MS = 30_000;
/** How often the peer whose turn it is is asked how far it is. */
const POLL_MS = 1000;
/** VMs that a second survey asks about. */
const MOST_ASKED_ABOUT = 64;

type Answer = Questions['trade.reserve']['answers'];

interface Trade {
  readonly name: string;
  parts: readonly Part[];
  steps: readonly TradeStep[];
  done: number;
  readonly reserved: Set<string>;
  why: string;
}

/**
 * Looks for an exchange of VMs among two or three peers where no single move helps, and carries it out: all parts are
 * reserved before the first migration, the order is one in which everything fits into memory at each moment, and what
 * goes wrong halfway leaves each VM where it then is. The course is a diagram; here is what its operations do.
 */
export class Trader {
  readonly #options: TraderOptions;

  constructor(options: TraderOptions) {
    this.#options = options;
  }

  async trade(signal: AbortSignal): Promise<TradeOutcome> {
    const { engine, diagram, parameters = {}, clock, bus, newName } = this.#options;
    const trade: Trade = { name: newName(), parts: [], steps: [], done: 0, reserved: new Set(), why: '' };
    const operations: Readonly<Record<string, (most: number, left: AbortSignal) => Promise<unknown>>> = {
      'trade.survey': (most, left) => this.#survey(trade, most, left),
      'trade.reserve': (_, left) => this.#reserve(trade, left),
      'trade.move': (_, left) => this.#moveNext(trade, left),
    };
    const { finalState, error } = await runPeerDiagram(engine, diagram, signal, {
      id: `${diagram.name} ${trade.name} of ${bus.name}`,
      clock,
      data: parameters,
      invoke: async ({ src, params, signal: left }) => {
        const operation = Object.hasOwn(operations, src) ? operations[src] : undefined;
        if (!operation) throw new AttituneError('unknown-operation', `an exchange has no operation "${src}".`);
        return operation(Number(params['most'] ?? 0), left);
      },
      emit: ({ name, arg }) => {
        if (name === 'trade.end') this.#end(trade, arg === 'done' ? 'done' : 'aborted');
      },
    });
    // a session that was stopped, or failed, told nobody
    this.#end(trade, 'aborted');
    const { name, steps, done } = trade;
    const why = error?.message ?? trade.why;
    if (finalState === 'done') return { kind: 'done', trade: name, steps };
    if (done > 0 || finalState === 'aborted') return { kind: 'aborted', trade: name, steps, done, why };
    return finalState === 'refused' ? { kind: 'refused', why } : { kind: 'none', why };
  }

  async #survey(trade: Trade, most: number, signal: AbortSignal): Promise<{ readonly found: boolean }> {
    const { bus, situation, stays, others } = this.#options;
    const { standing, situation: now } = await situation();
    const own = standing.vms.filter(({ name }) => !stays(name));
    const peers = others(most);
    if (own.length === 0 || peers.length === 0) return this.#without(trade, 'no VM, or nobody, to trade with');
    const first = await this.#ways(peers, own, signal);
    let found = exchanges(bus.name, own, now, first);
    if (found.length === 0) {
      const asked = givenInReturn(first).slice(0, MOST_ASKED_ABOUT);
      if (asked.length > 0) found = exchanges(bus.name, own, now, first, await this.#ways(peers, asked, signal));
    }
    const [best] = found;
    if (!best) return this.#without(trade, 'no exchange with those that were asked would help');
    trade.parts = best;
    return { found: true };
  }

  #without(trade: Trade, why: string): { readonly found: false } {
    trade.why = why;
    return { found: false };
  }

  async #ways(peers: readonly string[], vms: readonly PeerVm[], signal: AbortSignal): Promise<WaysByPeer> {
    const { bus } = this.#options;
    const answers = await Promise.all(
      peers.map(async (peer) => {
        // who does not answer does not trade
        const answer = await bus
          .request(peer, 'trade.survey', { vms }, { timeoutMs: ANSWER_MS, signal })
          .catch(() => undefined);
        return [peer, answer?.ways ?? []] as const;
      }),
    );
    return new Map(answers);
  }

  /** All or nothing. */
  async #reserve(trade: Trade, signal: AbortSignal): Promise<{ readonly reserved: boolean }> {
    const free = new Map<string, number>();
    for (const part of trade.parts) {
      trade.reserved.add(part.peer);
      const answer = await this.#askToKeep(trade.name, part, signal);
      if (!answer.reserved) {
        trade.why = `${part.peer}: ${answer.why ?? 'it does not want to any more'}`;
        return { reserved: false };
      }
      free.set(part.peer, answer.freeMiB);
    }
    const steps = stepsOf(trade.parts, free);
    if (!steps) {
      trade.why = 'in no order does each VM fit into memory when it comes';
      return { reserved: false };
    }
    trade.steps = steps;
    return { reserved: true };
  }

  #askToKeep(trade: string, { peer, takes, gives }: Part, signal: AbortSignal): Promise<Answer> {
    const { bus, desk } = this.#options;
    const part: TradePart = {
      ...{ trade, untilMs: KEPT_MS },
      ...(takes ? { takes } : {}),
      ...(gives ? { gives: gives.name } : {}),
    };
    const asked =
      peer === bus.name
        ? desk.reserve(part, bus.name)
        : bus.request(peer, 'trade.reserve', part, { timeoutMs: ANSWER_MS, signal });
    return asked.catch((error: unknown) => ({
      reserved: false,
      why: AttituneError.from(error).message,
      freeMiB: 0,
    }));
  }

  /** Asks all again while a migration goes on: one that is long must not cost the others their parts. */
  #keepAll(trade: Trade, signal: AbortSignal): { readonly stop: () => void } {
    const { clock } = this.#options;
    let timer: TimerHandle;
    const again = () => {
      timer = clock.setTimeout(() => {
        for (const part of trade.parts) void this.#askToKeep(trade.name, part, signal);
        again();
      }, KEPT_MS / 3);
    };
    again();
    return { stop: () => clock.clearTimeout(timer) };
  }

  async #moveNext(trade: Trade, signal: AbortSignal): Promise<{ readonly left: number }> {
    const { bus, host, changed } = this.#options;
    const step = trade.steps[trade.done];
    if (!step) return { left: 0 };
    const keeping = this.#keepAll(trade, signal);
    try {
      if (step.from === bus.name) {
        await host.migrate(step.vm, step.to, signal).finally(changed);
      } else {
        await this.#moved(trade.name, step, signal);
        changed();
      }
    } catch (error) {
      trade.why = AttituneError.from(error, 'migration-failed').message;
      throw error;
    } finally {
      keeping.stop();
    }
    trade.done += 1;
    return { left: trade.steps.length - trade.done };
  }

  /** Asks until the peer has told the end of it; one that is silent for as long as parts are kept has gone. */
  async #moved(trade: string, { vm, from, to }: TradeStep, signal: AbortSignal): Promise<void> {
    const { bus, clock } = this.#options;
    let heardAt = clock.now();
    while (true) {
      const answer = await bus
        .request(from, 'trade.move', { trade, vm, to }, { timeoutMs: ANSWER_MS, signal })
        .catch(() => undefined);
      if (answer) heardAt = clock.now();
      if (answer?.state === 'moved') return;
      if (answer?.state === 'failed')
        throw new AttituneError('migration-failed', `${from} could not give ${vm} to ${to}: ${answer.why ?? ''}`);
      if (clock.now() - heardAt > KEPT_MS)
        throw new AttituneError('no-answer', `${from} has not told whether ${vm} moved to ${to}.`);
      await delay(clock, POLL_MS, signal);
    }
  }

  #end(trade: Trade, outcome: 'done' | 'aborted'): void {
    const { bus, desk } = this.#options;
    const { name, reserved, why } = trade;
    const peers = [...reserved];
    reserved.clear();
    for (const peer of peers) {
      if (peer === bus.name) desk.end(name, bus.name, outcome);
      else bus.publish('trade.end', { trade: name, outcome, ...(why === '' ? {} : { why }) }, peer);
    }
  }
}
