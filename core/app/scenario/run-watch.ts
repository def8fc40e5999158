import type { Bus } from '../../model/bus.js';
import type { HostCpu } from '../report/host-load.js';

/** What is heard of a run on the bus that its report tells of: loads of hosts, readings, decisions, events. */
export class RunWatch {
  readonly #cpu: Record<string, { at: number; value: number }[]>;
  readonly #events: Record<string, number[]>;
  readonly #readings: Record<string, { last: number; most: number }> = {};
  readonly #ends: readonly (() => void)[];
  #decisions = { count: 0, moving: 0 };

  constructor(bus: Bus, hosts: readonly string[], events: Iterable<string>) {
    this.#cpu = Object.fromEntries(hosts.map((name) => [name, []]));
    this.#events = Object.fromEntries([...events].map((name) => [name, []]));
    const subscriptions = [
      bus.subscribe('reading', ({ probe, measure, component, value, at }) => {
        if (value === undefined) return;
        if (measure === 'cpu') this.#cpu[component]?.push({ at, value });
        const former = Object.hasOwn(this.#readings, probe) ? this.#readings[probe] : undefined;
        this.#readings[probe] = { last: value, most: Math.max(value, former?.most ?? value) };
      }),
      bus.subscribe('event', ({ name, at }) => {
        const times = Object.hasOwn(this.#events, name) ? this.#events[name] : (this.#events[name] = []);
        times?.push(at);
      }),
      bus.subscribe('journal', ({ kind, data }) => {
        const plan = data?.['plan'] as { readonly moves?: readonly unknown[] } | undefined;
        if (kind !== 'decision' || !plan) return;
        const { count, moving } = this.#decisions;
        this.#decisions = { count: count + 1, moving: moving + ((plan.moves?.length ?? 0) > 0 ? 1 : 0) };
      }),
    ];
    this.#ends = subscriptions.map((subscription) => () => subscription.unsubscribe());
  }

  get cpu(): HostCpu {
    return this.#cpu;
  }
  get events(): Readonly<Record<string, readonly number[]>> {
    return this.#events;
  }
  /** Of each probe its newest reading, and its highest, of whatever component. */
  get readings(): Readonly<Record<string, { readonly last: number; readonly most: number }>> {
    return this.#readings;
  }
  get decisions(): { readonly count: number; readonly moving: number } {
    return this.#decisions;
  }

  stop(): void {
    for (const end of this.#ends) end();
  }
}
