/** So many things are told at a time, each in so many characters. */
const MOST = 50;
const LONGEST = 300;

/** What is wrong with an agent now, by what it concerns: told with each heartbeat, so that it is bounded. */
export class Troubles {
  readonly #texts = new Map<string, string>();

  /** Without a text it is over. */
  set(about: string, text: string | undefined): void {
    if (text === undefined) this.#texts.delete(about);
    else this.#texts.set(about, text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text);
  }

  has(about: string): boolean {
    return this.#texts.has(about);
  }

  all(): Readonly<Record<string, string>> {
    const shown = [...this.#texts].slice(0, MOST);
    const left = this.#texts.size - shown.length;
    return Object.fromEntries(left > 0 ? [...shown, ['more', `${left} more are not shown.`]] : shown);
  }
}
