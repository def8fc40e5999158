import type { JournalKind } from '../../../core/model/administration.js';
import type { Bus, ComponentSnapshot } from '../../../core/model/bus.js';
import { SeededRandom } from '../../../core/model/random.js';

/** Until when the story is told: all is calm; one machine is half-way; it has arrived and the load went down. */
export type Stage = 'calm' | 'migrating' | 'after';

const SECONDS: Readonly<Record<Stage, number>> = { calm: 60, migrating: 88, after: 150 };
const OVERLOAD_AT = 70;
const MOVE_AT = 84;
const MOVED_AT = 92;
const CALM_AGAIN_AT = 125;

export const FEED_START = Date.UTC(2025, 5, 17, 9, 30, 0);
export const DIAGRAM_FILE = '/srv/web/relieve.scxml';
const SESSION = { id: 's2', diagram: 'relieve', file: DIAGRAM_FILE, subject: 'host1' } as const;

/** Publishes what a small site says while one of its machines is migrated: like a real run, and always the same. */
export class FakeFeed {
  readonly #bus: Bus;
  readonly #random = new SeededRandom(7);
  #entries = 0;

  constructor(bus: Bus) {
    this.#bus = bus;
  }

  /** Publishes every second of the story up to the end of the stage, at once. */
  run(stage: Stage): void {
    for (let second = 0; second <= SECONDS[stage]; second += 1) this.second(second);
  }

  /** What is said in one second of the story. */
  second(second: number): void {
    const at = FEED_START + second * 1000;
    this.#readings(second, at);
    this.#load(second, at);
    if (second === 0) this.#start(at);
    if (second === OVERLOAD_AT + 5) this.#overload(at);
    if (second === MOVE_AT) this.#move(at);
    if (second >= MOVE_AT && second < MOVED_AT) this.#progress(second, at);
    if (second === MOVED_AT) this.#moved(at);
  }

  #start(at: number): void {
    this.#bus.publish('system', { at, name: 'web', components: components('host1'), bindings: [] });
    const first = this.#note(at, 'deployment', 'web', 'Deployed web: 2 hosts, 2 VMs, 3 programs');
    this.#note(at, 'component', 'Machine_1', 'Machine_1 started on host1 in 6.2 s');
    this.#note(at, 'component', 'Machine_2', 'Machine_2 started on host1 in 6.4 s');
    this.#note(at, 'component', 'Tomcat_1', 'Tomcat_1 started on Machine_1, answers on port 8080');
    this.#note(at, 'component', 'Tomcat_2', 'Tomcat_2 started on Machine_2, answers on port 8080');
    this.#note(at, 'operation', 'Apache_1', 'Apache_1 balances over Tomcat_1 and Tomcat_2', { cause: first });
    this.#note(at, 'load', 'web', 'Load phase calm: 8 requests per second for 70 s');
    const file = '/srv/web/start.scxml';
    this.#bus.publish('session', { id: 's1', diagram: 'start', file, configuration: ['done'], status: 'final', at });
  }

  #overload(at: number): void {
    const why = ['cpu of host1 above 80 % in 5 readings: 86 %, 91 %, 95 %, 97 %, 96 %', 'watchdog fires at 5 points'];
    const event = this.#note(at, 'event', 'host1', 'overloaded: host1', { data: { why } });
    this.#bus.publish('event', { id: 1, name: 'overloaded', component: 'host1', at, why: why[0] ?? '' });
    this.#note(at, 'session', 'host1', 'relieve starts for host1', { cause: event });
    this.#bus.publish('session', { ...SESSION, configuration: ['choose'], status: 'running', at });
  }

  #move(at: number): void {
    this.#note(at, 'decision', 'Machine_1', 'Machine_1 goes to host2', {
      data: {
        why: [
          'host2 has 0.94 of 1 CPU free and 1.1 GiB of memory',
          'Machine_2 was rejected: host1 would stay above 80 %',
        ],
      },
    });
    this.#note(at, 'migration', 'Machine_1', 'Machine_1 migrates live: host1 → host2');
    this.#bus.publish('session', { ...SESSION, configuration: ['move'], status: 'running', at });
  }

  #progress(second: number, at: number): void {
    const fraction = (second - MOVE_AT + 0.4) / (MOVED_AT - MOVE_AT);
    this.#bus.publish('migration', { vm: 'Machine_1', from: 'host1', to: 'host2', fraction, status: 'running', at });
  }

  #moved(at: number): void {
    this.#bus.publish('migration', { vm: 'Machine_1', from: 'host1', to: 'host2', fraction: 1, status: 'done', at });
    this.#bus.publish('system', { at, name: 'web', components: components('host2'), bindings: [] });
    this.#note(at, 'migration', 'Machine_1', 'Machine_1 runs on host2: took 7.6 s, stood still for 41 ms');
    this.#bus.publish('session', { ...SESSION, configuration: ['relieved'], status: 'final', at });
    this.#note(at, 'session', 'host1', 'relieve ended in relieved after 17 s');
  }

  #readings(second: number, at: number): void {
    const busy = second >= OVERLOAD_AT && second < CALM_AGAIN_AT;
    const away = second >= MOVED_AT;
    const machine = busy ? 0.44 : 0.11;
    const [first, second_] = [this.#near(machine), this.#near(machine)];
    this.#read('Machine_1', 'cpu', first, at);
    this.#read('Machine_2', 'cpu', second_, at);
    this.#read('host1', 'cpu', this.#near(0.06) + (away ? 0 : first) + second_, at);
    this.#read('host2', 'cpu', this.#near(0.03) + (away ? first : 0), at);
    const slow = busy && !away ? 260 : 18;
    this.#read('Tomcat_1', 'latency', this.#near(slow), at, 'ms');
    this.#read('Tomcat_2', 'latency', this.#near(slow * 1.1), at, 'ms');
    this.#read('Apache_1', 'latency', this.#near(slow * 1.2), at, 'ms');
  }

  #load(second: number, at: number): void {
    const busy = second >= OVERLOAD_AT && second < CALM_AGAIN_AT;
    const phase = busy ? 'rush' : second < OVERLOAD_AT ? 'calm' : 'evening';
    const p95Ms = this.#near(busy && second < MOVED_AT ? 420 : 34);
    this.#bus.publish('requests', { at, phase, perSecond: busy ? 40 : 8, failed: 0, p95Ms });
    if (second === OVERLOAD_AT) this.#note(at, 'load', 'web', 'Load phase rush: 40 requests per second for 55 s');
    if (second === CALM_AGAIN_AT) this.#note(at, 'load', 'web', 'Load phase evening: 8 requests per second for 60 s');
  }

  #read(component: string, measure: string, value: number, at: number, unit = 'ratio'): void {
    this.#bus.publish('reading', {
      probe: `${component} ${measure}`,
      measure,
      component,
      value,
      unit,
      at,
      durationMs: 2,
    });
  }

  #near(value: number): number {
    return value * (0.9 + 0.2 * this.#random.next());
  }

  #note(
    at: number,
    kind: JournalKind,
    subject: string,
    text: string,
    more: { cause?: number; data?: Record<string, unknown> } = {},
  ): number {
    this.#entries += 1;
    this.#bus.publish('journal', { id: this.#entries, at, kind, subject, text, ...more });
    return this.#entries;
  }
}

function components(whereMachine1: string): ComponentSnapshot[] {
  const host = (name: string): ComponentSnapshot => ({
    name,
    class: 'servers',
    kind: 'host',
    state: 'started',
    attributes: {},
  });
  const machine = (name: string, node: string): ComponentSnapshot => ({
    name,
    class: 'Machine',
    kind: 'vm',
    state: 'started',
    node,
    attributes: { memory: '384 MiB' },
  });
  const software = (name: string, of: string, node: string): ComponentSnapshot => ({
    name,
    class: of,
    kind: 'software',
    state: 'started',
    node,
    attributes: {},
  });
  return [
    host('host1'),
    host('host2'),
    machine('Machine_1', whereMachine1),
    machine('Machine_2', 'host1'),
    software('Apache_1', 'Apache', 'host1'),
    software('Tomcat_1', 'Tomcat', 'Machine_1'),
    software('Tomcat_2', 'Tomcat', 'Machine_2'),
  ];
}
