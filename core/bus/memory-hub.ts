import type { Clock } from '../model/clock.js';
import { AttituneError } from '../model/errors.js';
import type { Member, MembershipChange } from '../model/member-bus.js';
import type { Random } from '../model/random.js';
import type { Envelope } from './envelope.js';
import type { Port, PortHost } from './memory-port.js';
import { MemoryTransport } from './memory-transport.js';
import { Partition } from './partition.js';
import type { Channel, Frame, Transport } from './transport.js';

/** A frame on its way, for rules that lose some. */
export interface Passing {
  readonly from: string;
  readonly to: string;
  readonly channel: Channel;
  /** Empty where frames go by reference. */
  readonly text: string;
  /** Only where frames go by reference. */
  readonly envelope?: Envelope;
}

export interface MemoryHubOptions {
  readonly clock: Clock;
  /** True (the default): every message goes as text, as over a network. False: by reference, for very large simulations. */
  readonly copy?: boolean;
  /** How long a frame is on its way; default 0. With `random`, uniform between the two; order is kept all the same. */
  readonly delayMs?: number | { readonly least: number; readonly most: number; readonly random: Random };
  /** How long a member may be away before the others are told that it failed; default 5 s. */
  readonly graceMs?: number;
}

/** What the hub carried for one member. */
export interface Carried {
  /** Frames that it sent. */
  readonly sent: number;
  /** Frames that reached it. */
  readonly received: number;
}

const NOTHING_CARRIED: Carried = { sent: 0, received: 0 };

/**
 * A bus within one process: each member joins over a {@link MemoryHub.transport} of its own. Time is the injected
 * clock's, and whatever a network does can be done here on purpose: delays, losses, partitions, broken connections,
 * members that die, a hub that restarts. For tests, and for simulations of many thousands of members.
 */
export class MemoryHub implements PortHost {
  readonly clock: Clock;
  readonly byReference: boolean;
  /** Loses each frame for which it is true. */
  lose: ((passing: Passing) => boolean) | undefined;
  readonly #delay: MemoryHubOptions['delayMs'];
  readonly #graceMs: number;
  readonly #ports = new Map<string, Port>();
  readonly #listeners = new Map<Channel, Set<Port>>();
  readonly #partition: Partition;
  /** What falls due at each millisecond, in its order: one timer for all of it. */
  readonly #due = new Map<number, (() => void)[]>();
  #up = true;
  #lost = 0;

  constructor({ clock, copy = true, delayMs = 0, graceMs = 5000 }: MemoryHubOptions) {
    this.clock = clock;
    this.byReference = !copy;
    this.#delay = delayMs;
    this.#graceMs = graceMs;
    this.#partition = new Partition(clock, graceMs, () => this.#ports.values());
  }

  /** For one member. */
  transport(): Transport {
    return new MemoryTransport(this);
  }

  /** Frames that were lost: by the rule, by a partition, or since their receiver was away. */
  get lost(): number {
    return this.#lost;
  }

  carried(name: string): Carried {
    const port = this.#ports.get(name);
    return port ? { ...port.carried } : NOTHING_CARRIED;
  }

  /**
   * From now on nothing passes between the groups; who is in none is in one of its own with all such. After the grace
   * each side is told that the others failed.
   */
  partition(...groups: readonly (readonly string[])[]): void {
    this.#partition.split(groups);
  }

  /** Everything passes again. */
  heal(): void {
    this.#partition.heal();
  }

  /** The connection of one member breaks, and stays broken until {@link reconnect}. */
  disconnect(name: string, why = 'its connection broke'): void {
    const port = this.#ports.get(name);
    if (!port?.connected) return;
    port.state = 'cut';
    this.#away(port, why);
    port.connection(new AttituneError('bus', `The way to the bus is lost: ${why}.`));
  }

  /** It comes back, unless another one has its name by now. */
  reconnect(name: string): void {
    const port = this.#ports.get(name);
    if (port?.state !== 'cut') return;
    port.state = 'here';
    if (this.#up) this.#back([port]);
  }

  /** It dies without a word: it is never told anything any more. */
  kill(name: string): void {
    const port = this.#ports.get(name);
    if (!port) return;
    port.state = 'dead';
    if (port.connected) this.#away(port, 'its connection broke');
  }

  /** The hub ends: all connections break, and what was on its way is lost. */
  stop(): void {
    this.#up = false;
    this.#due.clear();
    for (const port of this.#ports.values()) port.connected = false;
    for (const port of this.#ports.values())
      if (port.state === 'here')
        port.connection(new AttituneError('bus', 'The way to the bus is lost: the hub ended.'));
  }

  /** It is there again, and so is everybody who had been connected. */
  start(): void {
    this.#up = true;
    const ports = [...this.#ports.values()];
    for (const port of ports) {
      if (port.state === 'dead') this.#forget(port);
      else if (port.state === 'cut') this.#away(port, 'it did not come back');
    }
    this.#back(ports.filter(({ state }) => state === 'here'));
  }

  /** A frame with any text at all, as if `sender` had sent it; for tests. */
  inject(to: string, channel: Channel, text: string, sender: string): void {
    const port = this.#ports.get(to);
    if (port) this.#schedule(this.clock.now(), () => port.frame(channel, { channel, text }, sender));
  }

  /** See `Transport.open`. */
  join(port: Port): void {
    if (!this.#up) throw new AttituneError('bus', 'The hub is not there.');
    const { name } = port.member;
    const former = this.#ports.get(name);
    if (former?.connected === true)
      throw new AttituneError('name-taken', `${name} is on the bus already: stop it, or give this one another name.`);
    if (former) this.leave(former, 'failed', 'it was begun anew');
    this.#ports.set(name, port);
    port.connected = true;
    this.#tell('joined', port);
  }

  leave(port: Port, kind: 'left' | 'failed', why?: string): void {
    const { name } = port.member;
    if (this.#ports.get(name) !== port) return;
    this.#forget(port);
    this.#tell(kind, port, why);
  }

  listen(port: Port, channel: Channel): void {
    port.channels.add(channel);
    const listeners = this.#listeners.get(channel) ?? new Set();
    this.#listeners.set(channel, listeners.add(port));
  }

  unlisten(port: Port, channel: Channel): void {
    port.channels.delete(channel);
    this.#listeners.get(channel)?.delete(port);
  }

  watch(port: Port): void {
    port.watching = true;
    if (port.connected) this.#schedule(this.clock.now(), () => port.members(this.#membersFor(port)));
  }

  send(from: Port, frame: Frame): void {
    from.carried.sent += 1;
    if (frame.to === undefined) {
      for (const port of this.#listeners.get(frame.channel) ?? []) if (port !== from) this.#pass(from, port, frame);
      return;
    }
    const port = this.#ports.get(frame.to);
    if (port) this.#pass(from, port, frame);
    else if (frame.id !== undefined) {
      const { to, id } = frame;
      this.#schedule(this.#dueAt(), () => {
        if (from.connected) from.undeliverable(to, id);
      });
    }
  }

  #pass(from: Port, to: Port, frame: Frame): void {
    const { channel, text, envelope } = frame;
    const [sender, receiver] = [from.member.name, to.member.name];
    const rule = this.lose;
    if (
      !to.connected ||
      !this.#partition.passes(sender, receiver) ||
      rule?.({ from: sender, to: receiver, channel, text, ...(envelope ? { envelope } : {}) }) === true
    ) {
      this.#lost += 1;
      return;
    }
    let due = this.#dueAt();
    if (typeof this.#delay === 'object') {
      due = Math.max(due, from.lastDue.get(to) ?? 0);
      from.lastDue.set(to, due);
    }
    this.#schedule(due, () => {
      if (!to.connected || !this.#partition.passes(sender, receiver)) this.#lost += 1;
      else {
        to.carried.received += 1;
        to.frame(channel, frame, sender);
      }
    });
  }

  #dueAt(): number {
    const delay = this.#delay ?? 0;
    const ms = typeof delay === 'number' ? delay : delay.least + delay.random.next() * (delay.most - delay.least);
    return this.clock.now() + ms;
  }

  #schedule(at: number, action: () => void): void {
    const due = Math.ceil(at);
    const actions = this.#due.get(due);
    if (actions) {
      actions.push(action);
      return;
    }
    const begun = [action];
    this.#due.set(due, begun);
    this.clock.setTimeout(() => {
      if (this.#due.get(due) !== begun) return;
      this.#due.delete(due);
      for (const each of begun) each();
    }, due - this.clock.now());
  }

  #forget(port: Port): void {
    this.#ports.delete(port.member.name);
    for (const channel of port.channels) this.#listeners.get(channel)?.delete(port);
    port.connected = false;
  }

  #away(port: Port, why: string): void {
    port.connected = false;
    port.breaks += 1;
    const { breaks } = port;
    this.clock.setTimeout(() => {
      if (port.breaks === breaks && !port.connected && this.#up) this.leave(port, 'failed', why);
    }, this.#graceMs);
  }

  /** All of them are back before the first one hears so: what it sends then reaches the others. */
  #back(ports: readonly Port[]): void {
    for (const port of ports) port.connected = true;
    for (const port of ports) {
      if (port.watching) this.watch(port);
      port.connection(undefined);
    }
  }

  #membersFor(port: Port): readonly Member[] {
    const here = [...this.#ports.values()].filter(({ member }) =>
      this.#partition.passes(port.member.name, member.name),
    );
    return here.map(({ member }) => member);
  }

  #tell(kind: MembershipChange['kind'], { member }: Port, why?: string): void {
    const change = { kind, member, at: this.clock.now(), ...(why === undefined ? {} : { why }) };
    this.#schedule(this.clock.now(), () => {
      for (const port of this.#ports.values())
        if (port.watching && port.connected && this.#partition.passes(port.member.name, member.name))
          port.changed(change);
    });
  }
}
