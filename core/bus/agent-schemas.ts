import * as v from 'valibot';
import {
  amount,
  at,
  content,
  count,
  finite,
  interval,
  list,
  name,
  path,
  pid,
  positive,
  text,
  texts,
  word,
} from './schema-parts.js';

/** Forms of what agents tell and are asked: `core/model/messages.ts`. */

/** Machines of one bus have fewer cores, and fewer VMs. */
const MAX_CORES = 8192;
const MAX_VMS = 10_000;

const load = v.pipe(finite, v.minValue(0));

const vm = v.strictObject({
  name,
  state: v.picklist(['running', 'blocked', 'paused', 'shutdown', 'shutoff', 'crashed', 'pmsuspended', 'unknown']),
  memoryMiB: amount,
  vcpus: count,
  cpus: v.exactOptional(load),
});

export const heartbeat = v.strictObject({
  agent: name,
  sequence: positive,
  everyMs: interval,
  accepting: v.boolean(),
  server: v.exactOptional(
    v.strictObject({
      load: v.pipe(v.strictTuple([load, load, load]), v.readonly()),
      cpu: load,
      memoryTotalMiB: amount,
      memoryFreeMiB: amount,
    }),
  ),
  cores: v.exactOptional(list(load, MAX_CORES)),
  vms: v.exactOptional(list(vm, MAX_VMS)),
  probes: count,
  troubles: texts,
});

export const description = v.strictObject({
  name,
  version: v.pipe(v.string(), v.maxLength(64)),
  kind: v.picklist(['host', 'vm']),
  machine: text,
  startedAt: at,
  hypervisor: v.exactOptional(text),
  measures: list(name, 10_000),
});

export const control = {
  asks: v.strictObject({ everyMs: v.exactOptional(interval), accepting: v.exactOptional(v.boolean()) }),
  answers: v.strictObject({ everyMs: interval, accepting: v.boolean() }),
};

const assignment = v.strictObject({
  probe: name,
  measure: name,
  component: name,
  domain: v.exactOptional(name),
  everyMs: interval,
  parameters: texts,
  attributes: texts,
});

export const probes = {
  asks: v.strictObject({ probes: list(assignment, 10_000) }),
  answers: v.strictObject({ running: count }),
};

const command = v.strictObject({
  argv: v.pipe(v.tupleWithRest([v.pipe(word, v.minLength(1))], word), v.maxLength(10_000), v.readonly()),
  env: v.exactOptional(v.pipe(v.record(v.pipe(word, v.regex(/^[^=]+$/)), word), v.readonly())),
  cwd: v.exactOptional(path),
  input: v.exactOptional(content),
  timeoutMs: v.exactOptional(interval),
});

const result = v.strictObject({ exitCode: v.pipe(v.number(), v.safeInteger()), stdout: content, stderr: content });

const key = name;
const life = v.exactOptional(name);
const mode = v.pipe(v.number(), v.safeInteger(), v.minValue(0), v.maxValue(0o7777));
const file = v.strictObject({ path, content, mode: v.exactOptional(mode) });

export const execute = {
  asks: v.variant('method', [
    v.strictObject({ key, life, method: v.literal('run'), command }),
    v.strictObject({ key, life, method: v.literal('start'), command, logFile: v.exactOptional(path) }),
    v.strictObject({
      key,
      life,
      method: v.literal('signal'),
      pid,
      name: v.pipe(v.string(), v.regex(/^SIG[A-Z0-9]{2,10}$/)),
    }),
    v.strictObject({ key, life, method: v.literal('isRunning'), pid }),
    v.strictObject({
      key,
      life,
      method: v.literal('put'),
      path,
      content,
      mode: v.exactOptional(mode),
      parts: v.exactOptional(count),
    }),
    v.strictObject({ key, life, method: v.literal('part'), of: name, index: count, content }),
    v.strictObject({ key, life, method: v.literal('get'), path }),
    v.strictObject({ key, life, method: v.literal('rest'), of: name, from: count }),
    v.strictObject({ key, life, method: v.literal('ensure'), files: list(file, 10_000) }),
    v.strictObject({ key, life, method: v.literal('cancel'), of: name }),
  ]),
  answers: v.strictObject({
    result: v.exactOptional(result),
    pid: v.exactOptional(pid),
    answer: v.exactOptional(v.boolean()),
    content: v.exactOptional(content),
    paths: v.exactOptional(list(path, 10_000)),
    more: v.exactOptional(count),
    pending: v.exactOptional(v.boolean()),
  }),
};

export const commands = {
  asks: v.strictObject({ commands: list(command, 1000) }),
  answers: v.strictObject({ results: list(result, 1000) }),
};

const propertyValue = v.union([finite, content, v.boolean(), v.strictObject({ failure: text })]);

export const properties = {
  asks: v.strictObject({ names: v.exactOptional(list(name, 10_000)) }),
  answers: v.strictObject({ values: v.pipe(v.record(name, propertyValue), v.readonly()) }),
};

export const emit = {
  asks: v.strictObject({ event: name, component: name, arg: v.exactOptional(text), source: text }),
  answers: v.strictObject({ id: count }),
};
