import { ClockOffset } from '../../monitoring/clock-offset.js';
import type { Reading } from '../../model/administration.js';
import type { Clock, TimerHandle } from '../../model/clock.js';
import { AttituneError } from '../../model/errors.js';
import type { Subscription } from '../../model/hypervisor.js';
import type { ProbeAssignment } from '../../model/messages.js';
import type { Journal } from '../journal.js';
import type { AgentDirectory } from './agent-directory.js';

export interface RemoteProbesParts {
  readonly directory: AgentDirectory;
  readonly clock: Clock;
  readonly journal: Journal;
  /** What each agent is to measure now. */
  readonly wanted: () => ReadonlyMap<string, readonly ProbeAssignment[]>;
  /** A reading of an agent, with when it was taken by the clock here. */
  readonly onReading: (from: string, reading: Reading, at: number) => void;
}

/** Changes that come together are sent together. */
const GATHER_MS = 100;
const ANSWER_MS = 5000;
const AGAIN_MS = 5000;
/** What an agent, or who is gone, is asked for on the way down is not waited for longer. */
const WITHDRAW_MS = 1000;

interface Asked {
  /** What the agent has confirmed, as text. */
  confirmed?: string;
  asking: boolean;
  /** Attempts that failed in a row. One is no trouble: who has just gone is told of otherwise. */
  failures: number;
  /** What was told of them. */
  told?: string;
}

/**
 * Has agents measure what only they can: sends each its assignments when they change, when it joins, and when it says
 * that it runs fewer; and takes their readings in.
 */
export class RemoteProbes {
  readonly #asked = new Map<string, Asked>();
  readonly #offsets = new Map<string, ClockOffset>();
  readonly #subscriptions: Subscription[] = [];
  #timer: TimerHandle;
  #running = false;

  constructor(private readonly parts: RemoteProbesParts) {}

  start(): void {
    if (this.#running) return;
    this.#running = true;
    const { directory } = this.parts;
    this.#subscriptions.push(
      directory.member.subscribe('reading', (reading, from) => this.#read(reading, from)),
      directory.onMembership(({ kind, member }) => {
        if (kind === 'joined') this.#forget(member.name);
      }),
      directory.onHeartbeat(({ agent, probes }) => {
        if (probes < this.#wantedOf(agent).length) this.#forget(agent);
      }),
    );
    this.changed();
  }

  /** Something has changed that assignments may depend on. */
  changed(): void {
    if (this.#running) this.#soon(GATHER_MS);
  }

  /** The agents measure nothing for this manager any more. */
  async withdraw(): Promise<void> {
    this.stop();
    const { member } = this.parts.directory;
    const asked = [...this.#asked.keys()].filter((agent) => this.parts.directory.isPresent(agent));
    const request = (agent: string) =>
      member.request(agent, 'agent.probes', { probes: [] }, { timeoutMs: WITHDRAW_MS });
    await Promise.allSettled(asked.map(request));
    this.#asked.clear();
  }

  /** Stops to listen; the agents go on. */
  stop(): void {
    this.#running = false;
    this.parts.clock.clearTimeout(this.#timer);
    for (const subscription of this.#subscriptions.splice(0)) subscription.unsubscribe();
  }

  #wantedOf(agent: string): readonly ProbeAssignment[] {
    return this.#asked.has(agent) ? (this.parts.wanted().get(agent) ?? []) : [];
  }

  #forget(agent: string): void {
    const asked = this.#asked.get(agent);
    if (asked) delete asked.confirmed;
    this.changed();
  }

  #soon(afterMs: number): void {
    const { clock } = this.parts;
    clock.clearTimeout(this.#timer);
    this.#timer = clock.setTimeout(() => {
      const wanted = this.parts.wanted();
      for (const agent of new Set([...wanted.keys(), ...this.#asked.keys()]))
        void this.#ask(agent, wanted.get(agent) ?? []);
    }, afterMs);
  }

  async #ask(agent: string, probes: readonly ProbeAssignment[]): Promise<void> {
    const { directory, journal } = this.parts;
    const asked = this.#asked.get(agent) ?? { asking: false, failures: 0 };
    this.#asked.set(agent, asked);
    const text = JSON.stringify(probes);
    if (asked.asking || asked.confirmed === text || !directory.isPresent(agent)) return;
    asked.asking = true;
    try {
      await directory.member.request(agent, 'agent.probes', { probes }, { timeoutMs: ANSWER_MS });
      asked.confirmed = text;
      if (asked.told !== undefined) journal.append('component', agent, `the agent of ${agent} measures again`);
      asked.failures = 0;
      delete asked.told;
      this.changed();
    } catch (error) {
      const { message, code, retryable } = AttituneError.from(error);
      asked.failures += 1;
      if (this.#running && asked.told !== message && (asked.failures > 1 || !retryable)) {
        const text = `the agent of ${agent} does not take its probes: ${message}`;
        journal.append('trouble', agent, text, { data: { code } });
        asked.told = message;
      }
      if (this.#running) this.#soon(AGAIN_MS);
    } finally {
      asked.asking = false;
    }
  }

  #read(reading: Reading, from: string): void {
    if (!this.#asked.has(from)) return;
    const { clock, onReading } = this.parts;
    const offset = this.#offsets.get(from) ?? new ClockOffset();
    this.#offsets.set(from, offset);
    const now = clock.now();
    const at = reading.at + offset.note(reading.at + reading.durationMs, now);
    onReading(from, reading, Math.min(at, now));
  }
}
