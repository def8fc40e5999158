import type { Clock, TimerHandle } from '../../model/clock.js';
import type { Subscription } from '../../model/hypervisor.js';
import type { BusConnection } from '../../model/member-bus.js';
import type { AgentStatus } from '../../model/manager-status.js';
import type { Journal } from '../journal.js';
import type { AgentDirectory, KnownAgent } from './agent-directory.js';
import { agentStatus } from './agent-status.js';
import { AGENT_WATCH, AgentWatch, type AgentWatchSettings, type Silence } from './agent-watch.js';

export interface AgentsParts {
  readonly directory: AgentDirectory;
  readonly clock: Clock;
  readonly journal: Journal;
  /** Hosts of the deployment; an agent has the name of its host. */
  readonly hosts: readonly string[];
  /** Told once for each silence, and for each heartbeat of a host whose silence was told, until it counts as back. */
  readonly onFailed: (host: string, why: string) => void;
  readonly onHeard: (host: string) => void;
  readonly settings?: Partial<AgentWatchSettings>;
}

/** Messages of a clock that is off are told this long after the last one was seen. */
const CLOCK_NEWS_MS = 60_000;

/**
 * The manager's side of agents: hears them, tells whose host has failed, and that it is back; what was refused of whom.
 * It decides nothing about hosts itself: the guardian does.
 */
export class Agents {
  readonly #watch: AgentWatch;
  readonly #subscriptions: Subscription[] = [];
  readonly #clockOff = new Map<string, { readonly at: number; readonly why: string }>();
  readonly #checkEveryMs: number;
  #timer: TimerHandle;
  #running = false;

  constructor(private readonly parts: AgentsParts) {
    const { directory, clock, hosts, settings } = parts;
    this.#checkEveryMs = settings?.checkEveryMs ?? AGENT_WATCH.checkEveryMs;
    const { connected } = directory.member;
    this.#watch = new AgentWatch(hosts, clock.now(), { ...settings, connected });
    for (const { name, heartbeat, heardAt } of directory.all())
      if (heartbeat && heardAt !== undefined) this.#watch.heard(name, heartbeat.everyMs, clock.now());
  }

  /** Begins to judge; who was not heard yet is waited for, which is told. Idempotent. */
  start(): void {
    if (this.#running) return;
    this.#running = true;
    const { directory, clock, journal, hosts } = this.parts;
    this.#subscriptions.push(
      directory.onHeartbeat(({ agent, everyMs }) => this.#hear(agent, everyMs)),
      directory.member.onConnection((change) => this.#onConnection(change)),
    );
    for (const host of hosts)
      if (this.#watch.state(host) === 'waiting')
        journal.append('component', host, `${host} is waiting for its agent`, { data: { code: 'no-answer' } });
    const check = () => {
      this.#timer = clock.setTimeout(check, this.#checkEveryMs);
      this.#check();
    };
    this.#timer = clock.setTimeout(check, this.#checkEveryMs);
  }

  stop(): void {
    this.#running = false;
    this.parts.clock.clearTimeout(this.#timer);
    for (const subscription of this.#subscriptions.splice(0)) subscription.unsubscribe();
  }

  /** Of every agent on the bus, and of every host whose agent is awaited. */
  status(): readonly AgentStatus[] {
    const { directory, clock, hosts } = this.parts;
    const now = clock.now();
    const names = new Set([...hosts, ...directory.all().map(({ name }) => name)]);
    return [...names].sort().map((name) => {
      const off = this.#clockOff.get(name);
      const facts = {
        name,
        known: directory.get(name),
        watched: this.#watch.state(name),
        refused: directory.refusals.of(name),
        clock: off && now - off.at < CLOCK_NEWS_MS ? off.why : undefined,
        host: hosts.includes(name),
      };
      return agentStatus(facts, now);
    });
  }

  /** Messages that were refused since this member is on the bus. */
  refused(): Readonly<Record<string, number>> {
    const { member, refusals } = this.parts.directory;
    return refusals.counts(member.counts);
  }

  #hear(agent: string, everyMs: number): void {
    const { clock, journal, onHeard } = this.parts;
    const change = this.#watch.heard(agent, everyMs, clock.now());
    if (change === 'first') journal.append('component', agent, `the agent of ${agent} is heard`);
    if (change === 'back') journal.append('component', agent, `the agent of ${agent} is heard again`);
    if (this.#watch.state(agent) !== undefined) onHeard(agent);
  }

  #onConnection(change: BusConnection): void {
    const { clock, journal, directory } = this.parts;
    this.#watch.connection(change.connected, clock.now());
    const text = change.connected
      ? 'the bus is reached again; agents have their time anew'
      : `the bus is not reached: ${change.reason.message}; meanwhile no host counts as failed`;
    journal.append(change.connected ? 'component' : 'trouble', directory.member.name, text, { data: { code: 'bus' } });
  }

  #check(): void {
    const { directory, clock, journal, onFailed } = this.parts;
    const { counts, name } = directory.member;
    const now = clock.now();
    const skewed = counts.lastDropped.skewed;
    if (skewed?.from !== undefined) this.#clockOff.set(skewed.from, { at: skewed.at, why: skewed.why });
    for (const { reason, from, text } of directory.refusals.look(counts, now))
      journal.append('trouble', from ?? name, text, { data: { code: 'protocol', reason } });
    for (const silence of this.#watch.check(now)) onFailed(silence.agent, this.#why(silence, now));
  }

  #why({ agent, lastAt, everyMs, missed }: Silence, now: number): string {
    const ago = ((now - lastAt) / 1000).toFixed(1);
    const off = this.#clockOff.get(agent);
    const clock = off && off.at >= lastAt ? `; its messages are refused, for its clock is off: ${off.why}` : '';
    return (
      `the agent of ${agent} is silent: its last heartbeat came ${ago} s ago, and ${missed} are missing ` +
      `(one every ${everyMs / 1000} s); ${membershipText(this.parts.directory.get(agent))}${clock}`
    );
  }
}

function membershipText(known: KnownAgent | undefined): string {
  const change = known?.membership;
  if (!change) return 'the bus has not told of it';
  const why = change.why === undefined ? '' : ` (${change.why})`;
  return { joined: 'it is still on the bus', left: 'it left the bus in order', failed: 'it was lost by the bus' }[
    change.kind
  ].concat(why);
}
