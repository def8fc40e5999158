import vm from 'node:vm';
import { AttituneError, type SourcePlace } from '../../core/model/errors.js';

/** Longer patterns are nobody's; they would only take long to compile. */
const LONGEST_PATTERN = 500;
/** What matching may take, for all texts of one call together. */
const LIMIT_MS = 100;

/** A regular expression of an administrator's. Some take years on some texts: none takes longer than a moment here. */
export class BoundedPattern {
  readonly groups: number;
  readonly #expression: RegExp;
  readonly #limitMs: number;

  /** Throws `value` for what is no regular expression. */
  constructor(
    readonly source: string,
    place?: SourcePlace,
    limitMs = LIMIT_MS,
  ) {
    if (source.length > LONGEST_PATTERN) {
      throw new AttituneError('value', `The pattern is longer than ${LONGEST_PATTERN} characters. Shorten it.`, {
        place,
      });
    }
    try {
      this.#expression = new RegExp(source, 'u');
      // an alternative that matches nothing tells how many groups there are
      this.groups = (new RegExp(`${source}|`, 'u').exec('')?.length ?? 1) - 1;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new AttituneError('value', `The pattern "${source}" is no regular expression: ${reason}.`, {
        place,
        cause: error,
      });
    }
    this.#limitMs = limitMs;
  }

  /** What the pattern found in each text: its groups, after the whole; `undefined` where it does not match. Throws `operation-timeout`. */
  matchAll(texts: readonly string[]): readonly (readonly (string | undefined)[] | undefined)[] {
    if (texts.length === 0) return [];
    const found: (readonly (string | undefined)[] | undefined)[] = [];
    room.work = () => {
      for (const text of texts) found.push(this.#expression.exec(text) ?? undefined);
    };
    try {
      WORK.runInContext(context, { timeout: this.#limitMs });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error;
      throw new AttituneError(
        'operation-timeout',
        `The pattern "${this.source}" took longer than ${this.#limitMs} ms: it tries too many ways. Write it without repetitions inside repetitions.`,
        { cause: error },
      );
    } finally {
      delete room.work;
    }
    return found;
  }

  match(text: string): readonly (string | undefined)[] | undefined {
    return this.matchAll([text])[0];
  }
}

/** V8 can end what runs in a context after a time, expressions too. */
const room: { work?: () => void } = Object.create(null) as object;
const context = vm.createContext(room);
const WORK = new vm.Script('work()');
