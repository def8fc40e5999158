import * as v from 'valibot';
import { control } from './administration-schemas.js';
import { AGENT_STATES, MANAGER_PHASES, MAX_STATUS_COMPONENTS } from '../model/manager-status.js';
import { amount, at, content, count, finite, interval, list, name, nothing, text } from './schema-parts.js';

/** Forms of what a manager answers about itself: `core/model/manager-status.ts`. */

const load = v.pipe(finite, v.minValue(0));
const counts = v.pipe(v.record(v.pipe(v.string(), v.maxLength(64)), count), v.readonly());

const component = v.strictObject({
  name,
  class: name,
  kind: v.picklist(['host', 'vm', 'software']),
  state: v.picklist(['stopped', 'starting', 'started', 'stopping', 'failed']),
  failure: v.exactOptional(text),
  node: v.exactOptional(name),
});

const agent = v.strictObject({
  name,
  state: v.picklist(AGENT_STATES),
  host: v.boolean(),
  ageMs: v.exactOptional(amount),
  everyMs: v.exactOptional(interval),
  accepting: v.exactOptional(v.boolean()),
  load: v.exactOptional(v.pipe(v.strictTuple([load, load, load]), v.readonly())),
  cpu: v.exactOptional(load),
  memoryTotalMiB: v.exactOptional(amount),
  memoryFreeMiB: v.exactOptional(amount),
  vms: v.exactOptional(count),
  probes: v.exactOptional(count),
  troubles: count,
  clock: v.exactOptional(text),
  refused: counts,
});

export const status = {
  asks: nothing,
  answers: v.strictObject({
    system: name,
    version: v.pipe(v.string(), v.maxLength(64)),
    startedAt: at,
    at,
    phase: v.picklist(MANAGER_PHASES),
    control: v.exactOptional(control),
    parts: list(component, MAX_STATUS_COMPONENTS),
    components: count,
    agents: list(agent, MAX_STATUS_COMPONENTS),
    refused: counts,
  }),
};

export const cluster = {
  asks: v.strictObject({ rest: v.exactOptional(v.strictObject({ snapshot: count, from: count })) }),
  answers: v.strictObject({ snapshot: count, text: content, more: v.exactOptional(count) }),
};
