import { boundedRead, oneAtATime, type Read } from '../monitoring/bounded-read.js';
import { RoundGrid } from '../monitoring/round-grid.js';
import type { Clock, TimerHandle } from '../model/clock.js';
import { AttituneError } from '../model/errors.js';
import type { Hypervisor, Subscription } from '../model/hypervisor.js';
import type { MemberBus } from '../model/member-bus.js';
import type { Heartbeat } from '../model/messages.js';
import type { MachineReader } from './machine-reader.js';
import type { Troubles } from './troubles.js';
import { VmReader } from './vm-reader.js';

/** No heartbeat waits longer for what it tells, and none longer than half its interval. */
const LONGEST_WAIT_MS = 1000;

export interface HeartbeatParts {
  readonly bus: MemberBus;
  readonly clock: Clock;
  readonly machine: MachineReader;
  readonly hypervisor?: Hypervisor | undefined;
  readonly troubles: Troubles;
  /** What each heartbeat says besides, asked when it is sent. */
  readonly status: () => Pick<Heartbeat, 'accepting' | 'probes'>;
}

type PartName = 'server' | 'cores' | 'vms';
type Parts = Pick<Heartbeat, PartName>;

/**
 * Says again and again that the agent lives, and how its machine is. A part that cannot be read, or not in time, is left
 * out and told of; one that hangs is not waited for again. While there is no connection nothing is said, since it would
 * come too late; once there is one again, at once.
 */
export class Heartbeats {
  readonly #parts: HeartbeatParts;
  readonly #reads: readonly (readonly [PartName, Read<unknown>])[];
  #everyMs: number;
  #sequence = 0;
  #timer: TimerHandle;
  /** Counts the changes of the interval: the rounds of former ones end. */
  #rounds = 0;
  #beating: Promise<void> | undefined;
  #running: AbortController | undefined;
  #connection: Subscription | undefined;

  constructor(parts: HeartbeatParts, everyMs: number) {
    const { machine, hypervisor, clock } = parts;
    this.#parts = parts;
    this.#everyMs = everyMs;
    const vms = hypervisor && new VmReader(hypervisor, clock);
    this.#reads = [
      ['server', oneAtATime((signal) => machine.server(signal), clock)],
      ['cores', oneAtATime((signal) => machine.cores(signal), clock)],
      ...(vms ? [['vms', oneAtATime((signal) => vms.read(signal), clock)] as const] : []),
    ];
  }

  get everyMs(): number {
    return this.#everyMs;
  }

  /** The first one is sent at once. */
  start(): void {
    if (this.#running) return;
    this.#running = new AbortController();
    this.#connection = this.#parts.bus.onConnection(({ connected }) => {
      if (connected) this.again(this.#everyMs);
    });
    this.again(this.#everyMs);
  }

  /** Sends one now, and from now on at that interval. */
  again(everyMs: number): void {
    this.#everyMs = everyMs;
    const signal = this.#running?.signal;
    if (!signal) return;
    const { clock } = this.#parts;
    clock.clearTimeout(this.#timer);
    const rounds = ++this.#rounds;
    const grid = new RoundGrid(clock.now(), everyMs);
    const turn = async (): Promise<void> => {
      // one that is under way already tells the new interval, too
      await (this.#beating ??= this.#beat(signal).finally(() => (this.#beating = undefined)));
      if (signal.aborted || rounds !== this.#rounds) return;
      this.#timer = clock.setTimeout(() => void turn(), grid.next(clock.now()));
    };
    void turn();
  }

  stop(): void {
    this.#parts.clock.clearTimeout(this.#timer);
    this.#connection?.unsubscribe();
    this.#running?.abort(new AttituneError('cancelled', 'The heartbeats were stopped.'));
    this.#running = undefined;
  }

  async #beat(signal: AbortSignal): Promise<void> {
    const { bus, troubles, status } = this.#parts;
    const silent = () => signal.aborted || !bus.connected;
    if (silent()) return;
    const parts = await this.#read(signal);
    if (silent()) return;
    this.#sequence += 1;
    this.#tellDropped();
    bus.publish('agent.heartbeat', {
      agent: bus.name,
      sequence: this.#sequence,
      everyMs: this.#everyMs,
      ...status(),
      ...parts,
      troubles: troubles.all(),
    });
  }

  /** All parts at the same time. */
  async #read(signal: AbortSignal): Promise<Parts> {
    const { clock, troubles } = this.#parts;
    const limitMs = Math.min(LONGEST_WAIT_MS, this.#everyMs / 2);
    const outcomes = await Promise.all(
      this.#reads.map(async ([name, read]) => {
        try {
          const value = await boundedRead(read, limitMs, clock, signal);
          troubles.set(name, undefined);
          return [name, value] as const;
        } catch (error) {
          if (!signal.aborted) troubles.set(name, `It cannot be read: ${AttituneError.from(error).message}`);
          return undefined;
        }
      }),
    );
    return Object.fromEntries(outcomes.filter((outcome) => outcome !== undefined));
  }

  /** What the bus had to drop, which nobody else would ever see. */
  #tellDropped(): void {
    const { bus, troubles } = this.#parts;
    const { dropped } = bus.counts;
    const told = Object.entries(dropped).filter(([, howMany]) => howMany > 0);
    if (told.length === 0) return;
    troubles.set('bus', `Messages were dropped: ${told.map(([why, howMany]) => `${howMany} ${why}`).join(', ')}.`);
  }
}
