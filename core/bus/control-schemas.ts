import * as v from 'valibot';
import { CONTROL_MODES } from '../model/deployment.js';
import { control, journal as entry } from './administration-schemas.js';
import { at, count, list, name, nothing, text } from './schema-parts.js';

/** Forms of what administrators command and ask a manager: `core/model/control-commands.ts`. */

const source = text;

export const command = {
  asks: v.variant('command', [
    v.strictObject({
      command: v.literal('hold'),
      source,
      reason: v.exactOptional(text),
      abort: v.exactOptional(v.boolean()),
    }),
    v.strictObject({ command: v.literal('resume'), source }),
    v.strictObject({ command: v.picklist(['approve', 'decline']), source, id: count }),
    v.strictObject({ command: v.literal('mode'), source, name, mode: v.picklist(CONTROL_MODES) }),
    v.strictObject({ command: v.picklist(['drain', 'resume-host']), source, host: name }),
  ]),
  answers: v.strictObject({ text }),
};

export const pending = {
  asks: nothing,
  answers: v.strictObject({
    ...control.entries,
    system: name,
    at,
    questions: list(v.strictObject({ id: count, diagram: name, what: text, at, until: at })),
  }),
};

export const why = {
  asks: v.strictObject({ about: name }),
  answers: v.strictObject({ entry, causes: list(entry), followed: list(entry) }),
};

export const journal = {
  asks: v.strictObject({
    after: v.exactOptional(count),
    since: v.exactOptional(at),
    kinds: v.exactOptional(list(entry.entries.kind, 20)),
    name: v.exactOptional(name),
    limit: v.exactOptional(v.pipe(count, v.minValue(1))),
  }),
  answers: v.strictObject({ entries: list(entry), last: count }),
};
