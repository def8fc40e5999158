import fc from 'fast-check';
import type { Topic, Topics } from '../../../core/model/bus.js';
import { CONTROL_MODES } from '../../../core/model/deployment.js';
import type { Question, Questions } from '../../../core/model/messages.js';
import { AGENT_STATES, MANAGER_PHASES } from '../../../core/model/manager-status.js';
import { PEER_ROLES } from '../../../core/model/peer.js';

/** Every message that the types of the bus allow, within the bounds that its forms name; all optional fields come and go. */

const name = fc.stringMatching(/^[A-Za-z0-9._ -]{1,40}$/);
const text = fc.string({ unit: 'grapheme', maxLength: 200 });
const finite = fc.double({ noNaN: true, noDefaultInfinity: true });
const amount = fc.double({ min: 0, max: 1e12, noNaN: true });
const count = fc.nat();
const positive = fc.integer({ min: 1 });
const interval = fc.double({ min: 1, max: 7 * 86_400_000, noNaN: true });
const fraction = fc.double({ min: 0, max: 1, noNaN: true });
const path = fc.stringMatching(/^\/[a-z0-9/._-]{0,60}$/);
const texts = fc.dictionary(fc.stringMatching(/^[a-zA-Z][a-zA-Z0-9-]{0,20}$/), text, { noNullPrototype: true });
const json = fc.jsonValue({ noUnicodeString: false, maxDepth: 3 });
const list = <T>(item: fc.Arbitrary<T>) => fc.array(item, { maxLength: 5 });

/** A record whose `optional` keys may be absent. */
function record<R extends object>(required: { [K in keyof R]: fc.Arbitrary<R[K]> }): fc.Arbitrary<R>;
function record<R extends object, O extends object>(
  required: { [K in keyof R]: fc.Arbitrary<R[K]> },
  optional: { [K in keyof O]: fc.Arbitrary<O[K]> },
): fc.Arbitrary<R & Partial<O>>;
function record(required: Record<string, fc.Arbitrary<unknown>>, optional: Record<string, fc.Arbitrary<unknown>> = {}) {
  return fc.record({ ...required, ...optional }, { requiredKeys: Object.keys(required), noNullPrototype: true });
}

const vm = record({ name, memoryMiB: amount, vcpus: count, load: amount });
const kind = fc.constantFrom(
  'deployment',
  'event',
  'session',
  'step',
  'decision',
  'effect',
  'control',
  'operation',
  'load',
);
const entry = record(
  { id: count, at: amount, kind, subject: text, text },
  { cause: count, data: fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), json, { noNullPrototype: true }) },
);
const held = record({ at: amount, by: text }, { reason: text });
const watching = fc.constantFrom('shadow', 'dry-run');
const offered = { negotiation: name, offer: name };

export const TOPIC_MESSAGES: { readonly [T in Topic]: fc.Arbitrary<Topics[T]> } = {
  reading: record(
    { probe: name, measure: name, component: name, unit: fc.string({ maxLength: 20 }), at: amount, durationMs: amount },
    { value: finite, failure: text },
  ),
  event: record({ id: count, name, component: name, at: amount, why: text }, { arg: text, since: amount }),
  journal: entry,
  system: record(
    {
      at: amount,
      name,
      components: list(
        record(
          {
            name,
            class: name,
            kind: fc.constantFrom('host', 'vm', 'software'),
            state: fc.constantFrom('stopped', 'starting', 'started', 'stopping', 'failed'),
            attributes: texts,
          },
          { expected: fc.constantFrom('stopped', 'started'), failure: text, node: name },
        ),
      ),
      bindings: list(record({ name, from: name, to: name })),
    },
    {
      control: record(
        { pending: count },
        {
          held: record({ at: amount, by: text }, { reason: text }),
          watching: fc.constantFrom('shadow', 'dry-run'),
        },
      ),
    },
  ),
  session: record(
    {
      id: name,
      diagram: name,
      file: text,
      configuration: list(name),
      status: fc.constantFrom('running', 'final', 'failed', 'stopped'),
      at: amount,
    },
    { subject: name, event: text },
  ),
  migration: record(
    {
      vm: name,
      from: name,
      to: name,
      fraction,
      status: fc.constantFrom('waiting', 'running', 'done', 'failed'),
      at: amount,
    },
    { waiting: text },
  ),
  requests: record({ at: amount, phase: text, perSecond: amount, failed: amount, p95Ms: amount }),
  'agent.heartbeat': record(
    { agent: name, sequence: positive, everyMs: interval, accepting: fc.boolean(), probes: count, troubles: texts },
    {
      server: record({
        load: fc.tuple(amount, amount, amount),
        cpu: fraction,
        memoryTotalMiB: amount,
        memoryFreeMiB: amount,
      }),
      cores: list(fraction),
      vms: list(
        record(
          {
            name,
            state: fc.constantFrom('running', 'blocked', 'paused', 'shutdown', 'shutoff', 'crashed', 'unknown'),
            memoryMiB: amount,
            vcpus: count,
          },
          { cpus: amount },
        ),
      ),
    },
  ),
  'help.request': record({ negotiation: name, candidates: list(vm), withinMs: interval }, { cell: name }),
  'help.offer': record({ ...offered, vm: name, untilMs: interval }),
  'help.release': record(offered),
  'help.done': record({ ...offered, vm: name, outcome: fc.constantFrom('moved', 'failed') }, { why: text }),
  'trade.end': record({ trade: name, outcome: fc.constantFrom('done', 'aborted') }, { why: text }),
};

const command = record(
  {
    argv: fc
      .tuple(
        fc.stringMatching(/^[a-z/]{1,20}$/),
        list(fc.string({ maxLength: 30 }).map((word) => word.replaceAll('\0', ''))),
      )
      .map(([program, rest]): [string, ...string[]] => [program, ...rest]),
  },
  {
    env: fc.dictionary(fc.stringMatching(/^[A-Z_]{1,9}$/), fc.stringMatching(/^[ -~]{0,20}$/), {
      noNullPrototype: true,
    }),
    cwd: path,
    input: text,
    timeoutMs: interval,
  },
);
const result = record({ exitCode: fc.integer(), stdout: text, stderr: text });
const news = record({
  news: list(
    record(
      {
        peer: name,
        role: fc.constantFrom(...PEER_ROLES),
        accepting: fc.boolean(),
        ageMs: amount,
        readings: record({
          cpuLoadOne: amount,
          cpuLoadFive: amount,
          cpuLoadFifteen: amount,
          actualFreeMemory: amount,
          actualUsedMemory: amount,
          totalVmMemory: amount,
          localVmCount: count,
          cpus: amount,
        }),
      },
      { cell: name },
    ),
  ),
});

export const QUESTION_BODIES: {
  readonly [Q in Question]: {
    readonly asks: fc.Arbitrary<Questions[Q]['asks']>;
    readonly answers: fc.Arbitrary<Questions[Q]['answers']>;
  };
} = {
  'agent.control': {
    asks: record({}, { everyMs: interval, accepting: fc.boolean() }),
    answers: record({ everyMs: interval, accepting: fc.boolean() }),
  },
  'agent.describe': {
    asks: record({}),
    answers: record(
      {
        name,
        version: fc.string({ maxLength: 20 }),
        kind: fc.constantFrom('host', 'vm'),
        machine: text,
        startedAt: amount,
        measures: list(name),
      },
      { hypervisor: text },
    ),
  },
  'agent.probes': {
    asks: record({
      probes: list(
        record(
          { probe: name, measure: name, component: name, everyMs: interval, parameters: texts, attributes: texts },
          { domain: name },
        ),
      ),
    }),
    answers: record({ running: count }),
  },
  'agent.execute': {
    asks: fc.oneof(
      record({ key: name, method: fc.constant('run' as const), command }),
      record({ key: name, method: fc.constant('start' as const), command }, { logFile: path }),
      record({
        key: name,
        method: fc.constant('signal' as const),
        pid: positive,
        name: fc.constantFrom('SIGTERM', 'SIGUSR1'),
      }),
      record({ key: name, method: fc.constant('isRunning' as const), pid: positive }),
      record(
        { key: name, method: fc.constant('put' as const), path, content: text },
        { mode: fc.integer({ min: 0, max: 0o7777 }), parts: count },
      ),
      record({ key: name, method: fc.constant('part' as const), of: name, index: count, content: text }),
      record({ key: name, method: fc.constant('get' as const), path }),
      record({ key: name, method: fc.constant('rest' as const), of: name, from: count }),
      record({ key: name, method: fc.constant('ensure' as const), files: list(record({ path, content: text })) }),
      record({ key: name, method: fc.constant('cancel' as const), of: name }),
    ),
    answers: record(
      {},
      {
        result,
        pid: positive,
        answer: fc.boolean(),
        content: text,
        paths: list(path),
        more: count,
        pending: fc.boolean(),
      },
    ),
  },
  'agent.commands': { asks: record({ commands: list(command) }), answers: record({ results: list(result) }) },
  'agent.properties': {
    asks: record({}, { names: list(name) }),
    answers: record({
      values: fc.dictionary(
        fc.stringMatching(/^[a-zA-Z][a-z.]{0,20}$/),
        fc.oneof(finite, text, fc.boolean(), record({ failure: text })),
        { noNullPrototype: true },
      ),
    }),
  },
  'manager.emit': {
    asks: record({ event: name, component: name, source: text }, { arg: text }),
    answers: record({ id: count }),
  },
  'manager.control': {
    asks: fc.oneof(
      record({ command: fc.constant('hold' as const), source: text }, { reason: text, abort: fc.boolean() }),
      record({ command: fc.constant('resume' as const), source: text }),
      record({ command: fc.constantFrom('approve', 'decline'), source: text, id: count }),
      record({ command: fc.constant('mode' as const), source: text, name, mode: fc.constantFrom(...CONTROL_MODES) }),
      record({ command: fc.constantFrom('drain', 'resume-host'), source: text, host: name }),
    ),
    answers: record({ text }),
  },
  'manager.pending': {
    asks: record({}),
    answers: record(
      {
        system: name,
        at: amount,
        pending: count,
        questions: list(record({ id: count, diagram: name, what: text, at: amount, until: amount })),
      },
      { held, watching },
    ),
  },
  'manager.why': {
    asks: record({ about: name }),
    answers: record({ entry, causes: list(entry), followed: list(entry) }),
  },
  'manager.journal': {
    asks: record({}, { after: count, since: amount, kinds: list(kind), name, limit: positive }),
    answers: record({ entries: list(entry), last: count }),
  },
  'manager.cluster': {
    asks: record({}, { rest: record({ snapshot: count, from: count }) }),
    answers: record({ snapshot: count, text }, { more: count }),
  },
  'manager.status': {
    asks: record({}),
    answers: record(
      {
        system: name,
        version: fc.string({ maxLength: 20 }),
        startedAt: amount,
        at: amount,
        phase: fc.constantFrom(...MANAGER_PHASES),
        parts: list(
          record(
            {
              name,
              class: name,
              kind: fc.constantFrom('host', 'vm', 'software'),
              state: fc.constantFrom('stopped', 'starting', 'started', 'stopping', 'failed'),
            },
            { failure: text, node: name },
          ),
        ),
        components: count,
        agents: list(
          record(
            {
              name,
              state: fc.constantFrom(...AGENT_STATES),
              host: fc.boolean(),
              troubles: count,
              refused: fc.constant({ skewed: 2 }),
            },
            {
              ageMs: amount,
              everyMs: interval,
              accepting: fc.boolean(),
              load: fc.tuple(amount, amount, amount),
              cpu: fraction,
              memoryTotalMiB: amount,
              memoryFreeMiB: amount,
              vms: count,
              probes: count,
              clock: text,
            },
          ),
        ),
        refused: fc.constant({ connection: 1 }),
      },
      { control: record({ pending: count }, { held, watching }) },
    ),
  },
  'help.accept': {
    asks: record({ ...offered, vm: name }),
    answers: record({ confirmed: fc.boolean() }, { why: text }),
  },
  'help.where': {
    asks: record({ negotiation: name, vm: name }),
    answers: record({ here: fc.boolean(), moving: fc.boolean() }),
  },
  'peers.exchange': { asks: news, answers: news },
  'trade.survey': {
    asks: record({ vms: list(vm) }),
    answers: record({ ways: list(record({ takes: name }, { gives: vm })) }),
  },
  'trade.reserve': {
    asks: record({ trade: name, untilMs: interval }, { takes: vm, gives: name }),
    answers: record({ reserved: fc.boolean(), freeMiB: finite }, { why: text }),
  },
  'trade.move': {
    asks: record({ trade: name, vm: name, to: name }),
    answers: record({ state: fc.constantFrom('moving', 'moved', 'failed') }, { why: text }),
  },
};
