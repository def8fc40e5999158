/** How an agent is, as far as its heartbeats tell: none was heard yet, they come, or too many are missing. */
export type AgentState = 'waiting' | 'alive' | 'failed';

export interface AgentWatchSettings {
  /** So many heartbeats may be missing. */
  readonly misses: number;
  /** What the way to here may take, on top of that. */
  readonly graceMs: number;
  /** {@link AgentWatch.check} is called this often; where it comes much later, nobody could listen meanwhile. */
  readonly checkEveryMs: number;
}

export const AGENT_WATCH: AgentWatchSettings = { misses: 3, graceMs: 1000, checkEveryMs: 500 };

/** A check that is late by more than this finds messages that still wait to be heard: the process or the machine slept. */
const SLEPT_MS = 2000;
/** However long an agent says that its next heartbeat takes, it is missed after so many times this. */
const LONGEST_INTERVAL_MS = 600_000;

/** An agent whose heartbeats are missing. */
export interface Silence {
  readonly agent: string;
  readonly lastAt: number;
  readonly everyMs: number;
  readonly missed: number;
}

interface Watched {
  state: AgentState;
  lastAt: number;
  everyMs: number;
}

/**
 * Judges from heartbeats which agents have failed, each silence once. Pure: what happened and when goes in, what follows
 * comes out. Silence counts only while this side could hear: not while its own connection was lost, not while it slept,
 * and after either the time of every agent begins anew. Who was never heard is waited for and does not fail.
 */
export class AgentWatch {
  readonly #agents: ReadonlyMap<string, Watched>;
  readonly #settings: AgentWatchSettings;
  #connected: boolean;
  /** Since when everything could be heard. */
  #hearingSince: number;
  #checkedAt: number;

  constructor(
    agents: readonly string[],
    now: number,
    { connected = true, ...settings }: Partial<AgentWatchSettings> & { readonly connected?: boolean } = {},
  ) {
    this.#agents = new Map(agents.map((name) => [name, { state: 'waiting', lastAt: now, everyMs: 0 }]));
    this.#settings = { ...AGENT_WATCH, ...settings };
    this.#connected = connected;
    this.#hearingSince = now;
    this.#checkedAt = now;
  }

  /** `undefined` for who is not watched. */
  state(agent: string): AgentState | undefined {
    return this.#agents.get(agent)?.state;
  }

  /** A heartbeat came. Answers what that changes: `first` for one that was waited for, `back` for one that had failed. */
  heard(agent: string, everyMs: number, now: number): 'first' | 'back' | undefined {
    const one = this.#agents.get(agent);
    if (!one) return undefined;
    const former = one.state;
    Object.assign(one, { state: 'alive', lastAt: now, everyMs: Math.min(everyMs, LONGEST_INTERVAL_MS) });
    return former === 'alive' ? undefined : former === 'waiting' ? 'first' : 'back';
  }

  /** The own connection to the bus was lost, or is there again. */
  connection(connected: boolean, now: number): void {
    if (connected && !this.#connected) this.#hearAnew(now);
    this.#connected = connected;
  }

  /** Who has failed since the last check. To be called on a steady beat, see {@link AgentWatchSettings.checkEveryMs}. */
  check(now: number): readonly Silence[] {
    const { misses, graceMs, checkEveryMs } = this.#settings;
    const passed = now - this.#checkedAt;
    this.#checkedAt = now;
    if (passed < 0 || passed > checkEveryMs + SLEPT_MS) this.#hearAnew(now);
    if (!this.#connected) return [];
    const silent: Silence[] = [];
    for (const [agent, one] of this.#agents) {
      const { lastAt, everyMs } = one;
      if (one.state !== 'alive' || now < Math.max(lastAt, this.#hearingSince) + misses * everyMs + graceMs) continue;
      one.state = 'failed';
      silent.push({ agent, lastAt, everyMs, missed: Math.floor((now - lastAt) / everyMs) });
    }
    return silent;
  }

  #hearAnew(now: number): void {
    this.#hearingSince = now;
    // a clock that was set back leaves nothing in the future
    for (const one of this.#agents.values()) one.lastAt = Math.min(one.lastAt, now);
  }
}
