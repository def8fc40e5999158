import * as v from 'valibot';
import { amount, at, count, finite, fraction, list, name, text, texts } from './schema-parts.js';

/** Forms of what a manager tells of its system: `core/model/{administration,bus}.ts`. */

export const reading = v.strictObject({
  probe: name,
  measure: name,
  component: name,
  value: v.exactOptional(finite),
  unit: v.pipe(v.string(), v.maxLength(64)),
  at,
  durationMs: amount,
  failure: v.exactOptional(text),
});

export const event = v.strictObject({
  id: count,
  name,
  component: name,
  arg: v.exactOptional(text),
  at,
  since: v.exactOptional(at),
  why: text,
});

export const journal = v.strictObject({
  id: count,
  at,
  kind: v.picklist([
    'deployment',
    'event',
    'session',
    'step',
    'decision',
    'effect',
    'control',
    'operation',
    'migration',
    'component',
    'trouble',
    'load',
  ]),
  subject: text,
  text,
  cause: v.exactOptional(count),
  data: v.exactOptional(v.record(v.string(), v.unknown())),
});

const component = v.strictObject({
  name,
  class: name,
  kind: v.picklist(['host', 'vm', 'software']),
  state: v.picklist(['stopped', 'starting', 'started', 'stopping', 'failed']),
  expected: v.exactOptional(v.picklist(['stopped', 'started'])),
  failure: v.exactOptional(text),
  node: v.exactOptional(name),
  attributes: texts,
});

export const control = v.strictObject({
  held: v.exactOptional(v.strictObject({ at, by: text, reason: v.exactOptional(text) })),
  pending: count,
  watching: v.exactOptional(v.picklist(['shadow', 'dry-run'])),
});

export const system = v.strictObject({
  at,
  name,
  components: list(component),
  bindings: list(v.strictObject({ name, from: name, to: name })),
  control: v.exactOptional(control),
});

export const session = v.strictObject({
  id: name,
  diagram: name,
  file: v.pipe(v.string(), v.maxLength(4096)),
  subject: v.exactOptional(name),
  configuration: list(name, 10_000),
  event: v.exactOptional(text),
  status: v.picklist(['running', 'final', 'failed', 'stopped']),
  at,
});

export const migration = v.strictObject({
  vm: name,
  from: name,
  to: name,
  fraction,
  status: v.picklist(['waiting', 'running', 'done', 'failed']),
  waiting: v.exactOptional(text),
  at,
});

export const requests = v.strictObject({
  at,
  phase: v.pipe(v.string(), v.maxLength(255)),
  perSecond: amount,
  failed: amount,
  p95Ms: amount,
});
