import pc from 'picocolors';
import type { JournalEntry, JournalKind } from '../model/administration.js';
import type { Bus, RequestSnapshot } from '../model/bus.js';
import type { Clock } from '../model/clock.js';
import type { Subscription } from '../model/hypervisor.js';

const PAINT: Readonly<Record<JournalKind, (text: string) => string>> = {
  deployment: pc.bold,
  event: pc.yellow,
  session: pc.cyan,
  step: pc.cyan,
  decision: pc.magenta,
  effect: pc.magenta,
  control: pc.bold,
  operation: pc.dim,
  migration: pc.green,
  component: pc.blue,
  trouble: pc.red,
  load: pc.blue,
};

const READINGS_EVERY_MS = 5000;

/** Tells on the terminal what happens as it happens: every journal entry, and every five seconds the hosts' readings. */
export class Narrator {
  readonly #subscriptions: Subscription[];
  readonly #cpu = new Map<string, number>();
  #requests: RequestSnapshot | undefined;
  #lastReadings: number;
  readonly #startedAt: number;

  constructor(
    bus: Bus,
    private readonly clock: Clock,
    private readonly hosts: () => readonly string[],
    private readonly say: (text: string) => void,
  ) {
    this.#startedAt = clock.now();
    this.#lastReadings = this.#startedAt;
    this.#subscriptions = [
      bus.subscribe('journal', (entry) => this.#tell(entry)),
      bus.subscribe('requests', (requests) => (this.#requests = requests)),
      bus.subscribe('reading', ({ measure, component, value }) => {
        if (measure !== 'cpu' || !this.hosts().includes(component)) return;
        if (value === undefined) this.#cpu.delete(component);
        else this.#cpu.set(component, value);
        if (this.clock.now() - this.#lastReadings >= READINGS_EVERY_MS) this.#tellReadings();
      }),
    ];
  }

  stop(): void {
    for (const subscription of this.#subscriptions) subscription.unsubscribe();
  }

  #tell({ kind, subject, text, at, data }: JournalEntry): void {
    // its last step has said where a session ended
    if (kind === 'session' && data?.['result'] === 'final') return;
    this.say(`${this.#time(at)}  ${PAINT[kind](kind.padEnd(10))}  ${subject.padEnd(12)}  ${text}`);
  }

  #tellReadings(): void {
    if (this.#cpu.size === 0) return;
    this.#lastReadings = this.clock.now();
    const cpu = this.hosts().map((host) => {
      const value = this.#cpu.get(host);
      return `${host} ${value === undefined ? '  –' : String(Math.round(value * 100)).padStart(3)} %`;
    });
    const r = this.#requests;
    const requests = r
      ? `${Math.round(r.perSecond)} requests/s, p95 ${Math.round(r.p95Ms)} ms, ${r.failed} failed`
      : '';
    this.say(
      `${this.#time(this.clock.now())}  ${pc.dim('reading   ')}  ${'CPU'.padEnd(12)}  ${[...cpu, requests].filter(Boolean).join('   ')}`,
    );
  }

  #time(at: number): string {
    return pc.dim(`${((at - this.#startedAt) / 1000).toFixed(1).padStart(6)} s`);
  }
}
