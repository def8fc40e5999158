import type { PeerNews } from '../model/peer.js';
import type { Random } from '../model/random.js';

export interface PeerViewOptions {
  readonly self: string;
  readonly cell?: string | undefined;
  readonly random: Random;
  /** Peers known at a time. 20 unless told. */
  readonly size?: number;
  /** Peers told to another one in an exchange. 8 unless told. */
  readonly shuffle?: number;
  /** News older than this say nothing about the role any more. 5 minutes unless told. */
  readonly freshMs?: number;
}

interface Entry {
  readonly news: Omit<PeerNews, 'ageMs'>;
  /** When it was true, by this peer's clock. */
  readonly at: number;
}

/** A fraction of the view is kept for peers of other cells, so that no cell loses sight of the others. */
const FOREIGN_SHARE = 0.25;

/**
 * Some of the other peers, and how they were: what a peer can know of a system of any size. Peers exchange random parts
 * of their views with the one that they have not heard of for longest, as in Cyclon (Voulgaris, Gavidia, van Steen, 2005):
 * views stay random samples of those who live, the dead are tried and forgotten, and each peer sends the same few
 * messages however many there are. Pure: it is told the time, and sends nothing itself.
 */
export class PeerView {
  readonly #self: string;
  readonly #cell: string | undefined;
  readonly #random: Random;
  readonly #size: number;
  readonly #shuffle: number;
  readonly #freshMs: number;
  readonly #entries = new Map<string, Entry>();

  constructor({ self, cell, random, size = 20, shuffle = 8, freshMs = 300_000 }: PeerViewOptions) {
    this.#self = self;
    this.#cell = cell;
    this.#random = random;
    this.#size = size;
    this.#shuffle = shuffle;
    this.#freshMs = freshMs;
  }

  get peers(): readonly string[] {
    return [...this.#entries.keys()];
  }

  /** What is known and not too old, for a policy that adapts. */
  news(now: number): readonly PeerNews[] {
    return [...this.#entries.values()].filter((entry) => this.#isFresh(entry, now)).map((entry) => told(entry, now));
  }

  /** Whom to exchange with: the one not heard of for longest. */
  partner(): string | undefined {
    let oldest: [string, Entry] | undefined;
    for (const each of this.#entries) if (!oldest || each[1].at < oldest[1].at) oldest = each;
    return oldest?.[0];
  }

  /** What to tell `partner`: itself, where it has news of itself, and a random part of the others. */
  toTell(partner: string, own: PeerNews | undefined, now: number): readonly PeerNews[] {
    const others = [...this.#entries].filter(([name]) => name !== partner);
    const room = this.#shuffle - (own ? 1 : 0);
    const some = sample(others, room, this.#random);
    return [...(own ? [own] : []), ...some.map(([, entry]) => told(entry, now))];
  }

  /**
   * Takes in what another peer told. `sent` are the peers that it was told of: they give way first, so that what both
   * know is not lost twice.
   */
  learn(news: readonly PeerNews[], now: number, sent: readonly string[] = []): void {
    for (const { ageMs, ...each } of news) {
      if (each.peer === this.#self) continue;
      const entry = { news: each, at: now - ageMs };
      const known = this.#entries.get(each.peer);
      if (known && known.at >= entry.at) continue;
      this.#entries.set(each.peer, entry);
    }
    const sacrificed = new Set(sent);
    while (this.#entries.size > this.#size) this.#entries.delete(this.#leastNeeded(sacrificed));
  }

  /** It did not answer. Whoever lives will be heard of again. */
  forget(peer: string): void {
    this.#entries.delete(peer);
  }

  /**
   * Whom to ask for help, at most `count`: known to be underloaded, to accept, and to have so much memory free, the
   * latest news first; then those of whom nothing speaks against it. Of the own cell, or only of others.
   */
  toAsk(count: number, memoryMiB: number, where: 'cell' | 'elsewhere', now: number): readonly string[] {
    const here = [...this.#entries].filter(([, { news }]) => (news.cell === this.#cell) === (where === 'cell'));
    const ranked = shuffled(here, this.#random).flatMap(([name, entry]) => {
      const { role, accepting, readings } = entry.news;
      const fresh = this.#isFresh(entry, now);
      if (!fresh) return [{ name, rank: 2, at: entry.at }];
      if (!accepting || readings.actualFreeMemory < memoryMiB) return [];
      return role === 'overloaded' ? [] : [{ name, rank: role === 'underloaded' ? 0 : 1, at: entry.at }];
    });
    // among those that are known as well, chance decides, lest all ask the same one
    return ranked
      .sort((a, b) => a.rank - b.rank)
      .slice(0, count)
      .map(({ name }) => name);
  }

  /** Whom to ask for an exchange, at most `count`: anybody, those that are not overloaded first. */
  toTrade(count: number, now: number): readonly string[] {
    const rank = ({ news }: Entry) => (news.role === 'overloaded' ? 1 : 0);
    return shuffled([...this.#entries], this.#random)
      .filter(([, entry]) => this.#isFresh(entry, now))
      .sort((a, b) => rank(a[1]) - rank(b[1]))
      .slice(0, count)
      .map(([name]) => name);
  }

  /** What it knows of one peer. */
  get(peer: string, now: number): PeerNews | undefined {
    const entry = this.#entries.get(peer);
    return entry && told(entry, now);
  }

  #isFresh({ at }: Entry, now: number): boolean {
    return now - at <= this.#freshMs;
  }

  /** Of the kind that there is too much of: what was just told to another peer, else the oldest news. */
  #leastNeeded(sacrificed: Set<string>): string {
    let foreign = 0;
    for (const { news } of this.#entries.values()) if (news.cell !== this.#cell) foreign += 1;
    const own = this.#entries.size - foreign;
    const ofOthers = own === 0 || foreign > this.#size * FOREIGN_SHARE;
    let least: { readonly name: string; readonly told: boolean; readonly at: number } | undefined;
    for (const [name, { news, at }] of this.#entries) {
      if ((news.cell !== this.#cell) !== ofOthers) continue;
      const told = sacrificed.has(name);
      if (!least || (told && !least.told) || (told === least.told && at < least.at)) least = { name, told, at };
    }
    // there is one of each kind that is chosen
    const { name } = least!;
    sacrificed.delete(name);
    return name;
  }
}

function told({ news, at }: Entry, now: number): PeerNews {
  return { ...news, ageMs: Math.max(0, now - at) };
}

/** So many of them, by chance. */
function sample<T>(items: T[], most: number, random: Random): readonly T[] {
  const count = Math.min(most, items.length);
  for (let index = 0; index < count; index += 1) {
    const other = index + Math.floor(random.next() * (items.length - index));
    [items[index], items[other]] = [items[other] as T, items[index] as T];
  }
  return items.slice(0, Math.max(0, count));
}

function shuffled<T>(items: readonly T[], random: Random): readonly T[] {
  return sample([...items], items.length, random);
}
