import type { Bus } from '../../model/bus.js';
import type { HostCpu } from '../report/host-load.js';

/** What is heard of a run on the bus that its report tells of: loads of hosts, decisions, events. */
export class RunWatch {
  readonly #cpu: Record<string, { at: number; value: number }[]>;
  readonly #events: Record<string, number[]>;
  readonly #ends: readonly (() => void)[];
  #decisions = { count: 0, moving: 0 };

  constructor(bus: Bus, hosts: readonly string[], events: Iterable<string>) {
    this.#cpu = Object.fromEntries(hosts.map((name) => [name, []]));
    this.#events = Object.fromEntries([...events].map((name) => [name, []]));
    const subscriptions = [
      bus.subscribe('reading', ({ measure, component, value, at }) => {
        if (measure === 'cpu' && value !== undefined) this.#cpu[component]?.push({ at, value });
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
  get decisions(): { readonly count: number; readonly moving: number } {
    return this.#decisions;
  }

  stop(): void {
    for (const end of this.#ends) end();
  }
}
