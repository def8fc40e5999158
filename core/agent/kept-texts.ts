import type { Clock } from '../model/clock.js';
import { AttituneError } from '../model/errors.js';

/** Texts that nobody touched for so long are forgotten, and the oldest ones where there are more characters in all. */
const KEPT_MS = 2 * 60_000;
const MOST_CHARACTERS = 64 * 1024 * 1024;

interface Kept {
  parts: (string | undefined)[];
  characters: number;
  touchedAt: number;
}

/** Long texts on their way in parts, by asker and key. */
export class KeptTexts {
  readonly #kept = new Map<string, Kept>();
  #characters = 0;

  constructor(private readonly clock: Clock) {}

  /** The same part twice is one. Throws `protocol` for one that skips others. */
  put(asker: string, key: string, index: number, text: string): void {
    const name = `${asker}\0${key}`;
    this.#forgetOld();
    const kept = this.#kept.get(name) ?? { parts: [], characters: 0, touchedAt: 0 };
    if (index > kept.parts.length)
      throw new AttituneError('protocol', `Part ${index} of a text came before those that are before it.`);
    const more = text.length - (kept.parts[index]?.length ?? 0);
    kept.parts[index] = text;
    kept.characters += more;
    this.#characters += more;
    this.#touch(name, kept);
    for (const [oldest] of this.#kept) {
      if (this.#characters <= MOST_CHARACTERS) break;
      this.#drop(oldest);
    }
  }

  /** The whole text, where it has so many parts. */
  get(asker: string, key: string, parts: number): string | undefined {
    const name = `${asker}\0${key}`;
    const kept = this.#kept.get(name);
    if (kept?.parts.length !== parts) return undefined;
    this.#touch(name, kept);
    return kept.parts.join('');
  }

  drop(asker: string, key: string): void {
    this.#drop(`${asker}\0${key}`);
  }

  #touch(name: string, kept: Kept): void {
    kept.touchedAt = this.clock.now();
    this.#kept.delete(name);
    this.#kept.set(name, kept);
  }

  #forgetOld(): void {
    for (const [name, { touchedAt }] of this.#kept) {
      if (touchedAt >= this.clock.now() - KEPT_MS) return;
      this.#drop(name);
    }
  }

  #drop(name: string): void {
    this.#characters -= this.#kept.get(name)?.characters ?? 0;
    this.#kept.delete(name);
  }
}
