import type { Diagram, DiagramEngine, DiagramSession, SessionCheckpoint } from '../model/diagram.js';
import type { Clock } from '../model/clock.js';
import { AttituneError } from '../model/errors.js';
import { PEER_ROLES, type PeerReadings, type PeerRole } from '../model/peer.js';
import type { Knowledge } from './knowledge.js';
import { NOTHING_KNOWN } from './knowledge.js';

/** The event that a policy hears. Its data are the readings, and `known`: what the peer has learned of others. */
export const READINGS_EVENT = 'readings';

export interface PeerPolicyOptions {
  readonly diagram: Diagram;
  readonly engine: DiagramEngine;
  /** Variables of the diagram that are given from outside: its thresholds. */
  readonly parameters?: Readonly<Record<string, string>>;
  readonly clock: Clock;
  /** Names its session. */
  readonly peer: string;
}

/**
 * The policy of one peer: a diagram that hears `readings` and rests in a state whose id is a role. What a change would
 * lead to is told by the same diagram: {@link roleIf} runs it on readings that are only thought of.
 *
 * A diagram without memory is asked through one session for all peers that share it; one with memory has a session of
 * its own here, and what is thought of runs on a copy of it.
 */
export class PeerPolicy {
  readonly #options: PeerPolicyOptions;
  readonly #shared: SharedPolicy | undefined;
  #own: OwnSession | undefined;

  /** Throws what {@link checkPeerPolicy} finds first. */
  constructor(options: PeerPolicyOptions) {
    const [wrong] = checkPeerPolicy(options.diagram, options.parameters);
    if (wrong) throw wrong;
    this.#options = options;
    this.#shared = options.diagram.memoryless === true ? sharedPolicy(options) : undefined;
  }

  /**
   * The role that the peer has from now on. Throws `diagram-failed` where the diagram fails on these readings, or rests
   * in no role; the next readings begin anew.
   */
  role(readings: PeerReadings, known: Knowledge = NOTHING_KNOWN): PeerRole {
    if (this.#shared) return this.#shared.role(readings, known);
    this.#own ??= new OwnSession(this.#options);
    try {
      return this.#own.role(readings, known);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** The role that it would have; nothing changes by the question. Throws as {@link role}. */
  roleIf(readings: PeerReadings, known: Knowledge = NOTHING_KNOWN): PeerRole {
    if (this.#shared) return this.#shared.role(readings, known);
    const copy = new OwnSession(this.#options, this.#own?.checkpoint, true);
    try {
      return copy.role(readings, known);
    } finally {
      copy.stop();
    }
  }

  /** Ends its session. */
  close(): void {
    this.#own?.stop();
    this.#own = undefined;
  }
}

/**
 * Whether a diagram is a policy of peers, and its parameters fit: `idle` and at least one more role are states, `readings` are heard, nothing is
 * called or changed, and what begins as a number is given as a number. Everything that is wrong comes back at once.
 */
export function checkPeerPolicy(
  diagram: Diagram,
  parameters: Readonly<Record<string, string>> = {},
): readonly AttituneError[] {
  const { name, states, hears, calls, raises, sets = [], constants = {} } = diagram;
  const place = { file: diagram.file, line: 1, column: 1 };
  const present = PEER_ROLES.filter((role) => states.some(({ id, kind }) => id === role && kind !== 'history'));
  // a host that is to be shut down only gives, and one that is there for others only takes
  const missing = PEER_ROLES.filter((role) => !present.includes(role) && (role === 'idle' || present.length < 2));
  const errors = missing.map((role) => {
    const roles = PEER_ROLES.join(', ');
    const message = `"${name}" is no policy of peers: it has no state "${role}". The states ${roles} tell the role of a peer.`;
    return new AttituneError('unknown-state', message, { place });
  });
  if (!hears.some((event) => event === READINGS_EVENT || event === '*')) {
    const message = `"${name}" is no policy of peers: no transition hears the event "${READINGS_EVENT}".`;
    errors.push(new AttituneError('unknown-event', message, { place }));
  }
  for (const call of calls) {
    const message = `a policy of peers only decides: it cannot invoke "${call.src || 'an operation'}".`;
    errors.push(new AttituneError('unknown-operation', message, { place: call.place }));
  }
  for (const what of [...raises.map((event) => `raise "${event}"`), ...sets.map((path) => `set "${path}"`)])
    errors.push(new AttituneError('value', `a policy of peers only decides: it cannot ${what}.`, { place }));
  for (const [variable, text] of Object.entries(parameters)) {
    const first = constants[variable];
    if (first === undefined || !isNumber(first) || isNumber(text)) continue;
    const message = `${variable} of the policy "${name}" is "${text}"; give a number, such as ${first}.`;
    errors.push(new AttituneError('value', message, { place }));
  }
  return errors;
}

function isNumber(text: string): boolean {
  return text.trim() !== '' && Number.isFinite(Number(text));
}

/** One session of a policy, which is told readings and asked where it rests. */
class OwnSession {
  readonly #session: DiagramSession;
  readonly #name: string;
  #checkpoint: SessionCheckpoint | undefined;

  /** `thought`: time stands still for it, since it lives for one question. */
  constructor(
    { diagram, engine, parameters = {}, clock, peer }: PeerPolicyOptions,
    from?: SessionCheckpoint,
    thought = false,
  ) {
    const keep = !thought && diagram.memoryless !== true;
    const environment = {
      id: `policy ${diagram.name} of ${peer}`,
      clock: thought ? stillClock(clock) : clock,
      data: parameters,
      invoke: () => Promise.reject(new AttituneError('unknown-operation', 'a policy of peers only decides.')),
      emit: () => undefined,
      assign: () => undefined,
      onStep: () => undefined,
      onLog: () => undefined,
      ...(keep
        ? {
            onCheckpoint: (checkpoint: SessionCheckpoint) => {
              this.#checkpoint = checkpoint;
            },
          }
        : {}),
    };
    this.#name = diagram.name;
    this.#session = from ? engine.resume(diagram, from, environment) : engine.start(diagram, environment);
  }

  get checkpoint(): SessionCheckpoint | undefined {
    return this.#checkpoint;
  }

  role(readings: PeerReadings, known: Knowledge): PeerRole {
    this.#session.send({ name: READINGS_EVENT, data: { ...readings, known } });
    const { result, configuration } = this.#session;
    if (result?.error) {
      const { code, message, place } = result.error;
      throw new AttituneError(code, `the policy "${this.#name}" failed on its readings: ${message}`, {
        place,
        cause: result.error,
      });
    }
    const role = PEER_ROLES.find((each) => configuration.includes(each));
    if (role) return role;
    const where = configuration.join(', ') || 'nowhere';
    const message = `the policy "${this.#name}" rests in no role on its readings, but in: ${where}.`;
    throw new AttituneError('diagram-failed', message);
  }

  stop(): void {
    this.#session.stop();
  }
}

/** How many answers are remembered; then all are forgotten. */
const MOST_ANSWERS = 4096;

/** A policy without memory: one session, and the answers to the readings that came before. */
class SharedPolicy {
  readonly #options: PeerPolicyOptions;
  readonly #answers = new Map<string, PeerRole>();
  #session: OwnSession | undefined;

  constructor(options: PeerPolicyOptions) {
    this.#options = options;
  }

  role(readings: PeerReadings, known: Knowledge): PeerRole {
    const key = `${Object.values(readings).join(' ')} ${known.peers === 0 ? '' : JSON.stringify(known)}`;
    const remembered = this.#answers.get(key);
    if (remembered) return remembered;
    this.#session ??= new OwnSession(this.#options);
    try {
      const role = this.#session.role(readings, known);
      if (this.#answers.size >= MOST_ANSWERS) this.#answers.clear();
      this.#answers.set(key, role);
      return role;
    } catch (error) {
      this.#session.stop();
      this.#session = undefined;
      throw error;
    }
  }
}

const sharedPolicies = new WeakMap<Diagram, Map<string, SharedPolicy>>();

function sharedPolicy(options: PeerPolicyOptions): SharedPolicy {
  const { diagram, parameters = {} } = options;
  const byParameters = sharedPolicies.get(diagram) ?? new Map<string, SharedPolicy>();
  sharedPolicies.set(diagram, byParameters);
  const key = JSON.stringify(Object.entries(parameters).sort());
  const shared = byParameters.get(key) ?? new SharedPolicy({ ...options, peer: 'all' });
  byParameters.set(key, shared);
  return shared;
}

function stillClock(clock: Clock): Clock {
  return { now: () => clock.now(), setTimeout: () => undefined, clearTimeout: () => undefined };
}
