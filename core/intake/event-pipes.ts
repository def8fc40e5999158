import type { AdministrationEvent } from '../model/administration.js';
import type { Clock, TimerHandle } from '../model/clock.js';
import type { Component } from '../model/component.js';
import { AttituneError } from '../model/errors.js';
import { parsePipeLine, TUBE_ADDRESS, type PipeLine } from '../model/event-pipe.js';
import type { Infrastructure } from '../model/infrastructure.js';
import type { SystemRepresentation } from '../model/system-representation.js';
import { executorUnder, hostUnder } from '../loop/node-under.js';
import { resolvePath } from '../loop/operations/scope.js';
import type { EventNotice } from './intake.js';
import { LineSplitter } from './line-splitter.js';
import {
  DirectPipeReader,
  SimulatedPipeReader,
  SpooledPipeReader,
  type OnData,
  type PipeReader,
} from './pipe-reader.js';
import { RateBound } from './rate-bound.js';

export interface EventPipesParts {
  readonly system: SystemRepresentation;
  readonly infrastructure: Infrastructure;
  readonly outside: { accept(notice: EventNotice): AdministrationEvent };
  /** A line for the operator, about a component. */
  readonly onTrouble: (component: string, text: string) => void;
}

const POLL_MS = 1000;
const LONGEST_LINE = 4500;
/** Events of one pipe a second, and at once. */
const RATE = { perSecond: 20, atOnce: 100 };
/** What is refused again and again is told so often. */
const TELL_EVERY_MS = 60_000;

interface Pipe {
  readonly component: Component;
  readonly path: string;
  readonly node: string;
  readonly reader: PipeReader;
  readonly bound: RateBound;
  refused: number;
  toldAt: number | undefined;
  /** Why it could not be read last. */
  failure: string | undefined;
  /** A look at it that has not ended yet. */
  busy: boolean;
}

/** Reads the event pipes of all components that have one, and raises what is written there. */
export class EventPipes {
  readonly #pipes = new Map<Component, Pipe>();
  readonly #clock: Clock;
  #timer: TimerHandle;
  #running = false;

  constructor(private readonly parts: EventPipesParts) {
    this.#clock = parts.infrastructure.clock;
  }

  start(): void {
    if (this.#running) return;
    this.#running = true;
    const turn = () => {
      this.#look();
      this.#timer = this.#clock.setTimeout(turn, POLL_MS);
    };
    turn();
  }

  /** Ends reading, and takes the pipes away where the components are not to go on without this manager. */
  async stop({ remove }: { readonly remove: boolean }): Promise<void> {
    this.#running = false;
    this.#clock.clearTimeout(this.#timer);
    const pipes = [...this.#pipes.values()];
    this.#pipes.clear();
    await Promise.allSettled(
      pipes.map(({ reader, node }) => (remove && this.#isUp(node) ? reader.remove() : reader.stop())),
    );
  }

  /** What was inside a VM that is off is gone with it. */
  #isUp(node: string): boolean {
    const { system } = this.parts;
    return (
      system.has(node) &&
      (system.component(node).kind === 'host' || system.component(node).lifeCycle.state === 'started')
    );
  }

  /** Follows the components that come, go and move; looks at each pipe. */
  #look(): void {
    const { system } = this.parts;
    for (const [component, pipe] of this.#pipes) {
      const path = component.attributes.get(TUBE_ADDRESS);
      if (system.has(component.name) && path === pipe.path && system.nodeOf(component)?.name === pipe.node) continue;
      this.#pipes.delete(component);
      // where its machine does not answer, the pipe is gone with it
      void pipe.reader.remove().catch(() => undefined);
    }
    for (const component of system.components) {
      const path = component.attributes.get(TUBE_ADDRESS);
      const node = system.nodeOf(component);
      if (path === undefined || !node) continue;
      const pipe = this.#pipes.get(component) ?? this.#open(component, path, node);
      void this.#poll(pipe);
    }
  }

  #open(component: Component, path: string, node: Component): Pipe {
    const lines = new LineSplitter(LONGEST_LINE);
    const onData: OnData = (data) => {
      const { lines: whole, tooLong } = lines.feed(data);
      if (tooLong > 0) this.#refuse(pipe, tooLong, `a line is longer than ${LONGEST_LINE} characters`);
      for (const line of whole) this.#take(pipe, line);
    };
    const pipe: Pipe = {
      component,
      path,
      node: node.name,
      reader: this.#readerFor(component, node, path, onData),
      bound: new RateBound(this.#clock, RATE.perSecond, RATE.atOnce),
      refused: 0,
      toldAt: undefined,
      failure: undefined,
      busy: false,
    };
    this.#pipes.set(component, pipe);
    return pipe;
  }

  #readerFor(component: Component, node: Component, path: string, onData: OnData): PipeReader {
    const { system, infrastructure } = this.parts;
    const executor = executorUnder(component, system, infrastructure);
    if (infrastructure.kind === 'simulated') return new SimulatedPipeReader(path, executor, onData);
    const isHere = node.kind === 'host' && hostUnder(component, system, infrastructure).local;
    return isHere ? new DirectPipeReader(path, executor, onData) : new SpooledPipeReader(path, executor, onData);
  }

  async #poll(pipe: Pipe): Promise<void> {
    if (pipe.busy) return;
    pipe.busy = true;
    try {
      await pipe.reader.poll();
      pipe.failure = undefined;
    } catch (error) {
      // a machine that is not up, or no longer, has no pipe to read
      if (pipe.component.lifeCycle.state !== 'started' || !this.#running) return;
      const { message } = AttituneError.from(error);
      if (pipe.failure === undefined) this.#tell(pipe, `its event pipe ${pipe.path} cannot be read: ${message}`);
      pipe.failure = message;
    } finally {
      pipe.busy = false;
    }
  }

  #take(pipe: Pipe, line: string): void {
    if (!this.#running || line.trim() === '') return;
    if (!pipe.bound.take()) {
      this.#refuse(pipe, 1, `there are more than ${RATE.perSecond} a second`);
      return;
    }
    const parsed = parsePipeLine(line);
    try {
      if (!parsed) throw new AttituneError('value', `"${line.slice(0, 60)}" is no line such as "event;component;arg"`);
      for (const { name } of this.#meant(pipe.component, parsed)) {
        const { event, arg } = parsed;
        const source = `the event pipe of ${pipe.component.name}`;
        this.parts.outside.accept({ event, component: name, source, ...(arg === undefined ? {} : { arg }) });
      }
    } catch (error) {
      this.#refuse(pipe, 1, AttituneError.from(error).message);
    }
  }

  /** What a path means from the component that wrote it: a name, what it is bound to, or a class. */
  #meant(component: Component, { path }: PipeLine): readonly Component[] {
    const { system } = this.parts;
    const [name = ''] = path;
    if (path.length === 1 && system.has(name)) return [system.component(name)];
    const from = (first: readonly string[]) => resolvePath(system, { this: component }, [...first, ...path]);
    if (path.length === 0) return [component];
    try {
      return from(['this']);
    } catch (error) {
      if (!AttituneError.is(error, 'unknown-component')) throw error;
      return from([]);
    }
  }

  /** Says that lines were refused: the first at once, then now and then how many. */
  #refuse(pipe: Pipe, lines: number, why: string): void {
    pipe.refused += lines;
    const now = this.#clock.now();
    if (pipe.toldAt !== undefined && now - pipe.toldAt < TELL_EVERY_MS) return;
    const what = pipe.refused === 1 ? 'a line' : `${pipe.refused} lines`;
    pipe.toldAt = now;
    pipe.refused = 0;
    this.#tell(pipe, `${what} of its event pipe refused: ${why}`);
  }

  #tell({ component }: Pipe, text: string): void {
    this.parts.onTrouble(component.name, text);
  }
}
