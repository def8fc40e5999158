import { partEnd } from '../../agent/message-size.js';
import { AttituneError } from '../../model/errors.js';
import type { Questions } from '../../model/messages.js';

type Asked = Questions['manager.cluster']['asks']['rest'];
type Answer = Questions['manager.cluster']['answers'];

/** So many snapshots may be on their way in parts; the oldest is forgotten first. */
const KEPT = 4;

/** Snapshots of the cluster as answers, in parts where one is long: all parts of one are of the same moment. */
export class Snapshots {
  readonly #begun = new Map<number, string>();
  #last = 0;

  constructor(private readonly make: () => string) {}

  /** The first part of a new snapshot, or a further one. Throws `no-answer` for a snapshot that is forgotten. */
  answer(rest: Asked): Answer {
    const snapshot = rest?.snapshot ?? (this.#last += 1);
    const text = rest ? this.#begun.get(snapshot) : this.make();
    if (text === undefined)
      throw new AttituneError('no-answer', 'The rest of that snapshot is not kept any more; ask for a new one.');
    const from = rest?.from ?? 0;
    const end = partEnd(text, from);
    const part = { snapshot, text: text.slice(from, end) };
    if (end >= text.length) {
      // asked again after a lost answer, the last part is still there
      return part;
    }
    this.#keep(snapshot, text);
    return { ...part, more: end };
  }

  #keep(snapshot: number, text: string): void {
    this.#begun.set(snapshot, text);
    for (const oldest of this.#begun.keys()) {
      if (this.#begun.size <= KEPT) return;
      this.#begun.delete(oldest);
    }
  }
}
