import type { Clock, TimerHandle } from '../model/clock.js';
import type { MembershipChange } from '../model/member-bus.js';
import type { Port } from './memory-port.js';

/** Which members of a bus in memory reach each other, and what they are told of it. */
export class Partition {
  readonly #clock: Clock;
  readonly #graceMs: number;
  readonly #ports: () => Iterable<Port>;
  #group: ReadonlyMap<string, number> | undefined;
  #timer: TimerHandle;
  #told: readonly (readonly [Port, Port])[] = [];

  constructor(clock: Clock, graceMs: number, ports: () => Iterable<Port>) {
    this.#clock = clock;
    this.#graceMs = graceMs;
    this.#ports = ports;
  }

  split(groups: readonly (readonly string[])[]): void {
    this.heal();
    this.#group = new Map(groups.flatMap((names, index) => names.map((name) => [name, index] as const)));
    this.#timer = this.#clock.setTimeout(() => {
      this.#told = this.#apart();
      this.#tell('failed', 'it cannot be reached');
    }, this.#graceMs);
  }

  heal(): void {
    if (!this.#group) return;
    this.#clock.clearTimeout(this.#timer);
    this.#group = undefined;
    this.#tell('joined');
    this.#told = [];
  }

  passes(from: string, to: string): boolean {
    return !this.#group || (this.#group.get(from) ?? -1) === (this.#group.get(to) ?? -1);
  }

  /** Who watches, and whom it does not reach. */
  #apart(): readonly (readonly [Port, Port])[] {
    const ports = [...this.#ports()];
    return ports
      .filter(({ watching }) => watching)
      .flatMap((watcher) =>
        ports
          .filter(({ member }) => !this.passes(watcher.member.name, member.name))
          .map((other) => [watcher, other] as const),
      );
  }

  #tell(kind: MembershipChange['kind'], why?: string): void {
    const at = this.#clock.now();
    for (const [watcher, { member, connected }] of this.#told)
      if (watcher.connected && (connected || kind === 'failed'))
        watcher.changed({ kind, member, at, ...(why === undefined ? {} : { why }) });
  }
}
