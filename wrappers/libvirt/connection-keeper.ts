import type { Clock, TimerHandle } from '../../core/model/clock.js';
import { AttituneError } from '../../core/model/errors.js';
import type { ConnectionChange, DomainEvent, Hypervisor, Subscription } from '../../core/model/hypervisor.js';
import type { Random } from '../../core/model/random.js';
import { BackOff, type BackOffOptions } from './back-off.js';
import { aspectOf, DomainPicture, type Aspect } from './domain-picture.js';
import { OpenedConnection, type Connect } from './opened-connection.js';

export interface ReconnectOptions extends BackOffOptions {
  /** The host's name in the deployment. */
  readonly host: string;
  readonly uri: string;
  readonly connect: Connect;
  readonly clock: Clock;
  readonly random: Random;
  /** Where the first attempt fails: begin in the lost state, and go on trying, rather than reject. */
  readonly startLost?: boolean;
  /** How long connecting and reading the domains may take together. Default 20 s. */
  readonly attemptTimeoutMs?: number;
}

type State =
  | { readonly kind: 'up'; readonly opened: OpenedConnection; readonly since: number }
  | { readonly kind: 'lost'; readonly since: number; reason: Error; nextAt: number | undefined }
  | { readonly kind: 'closed' };

/** Calls under way at a loss are left so long to reject by themselves: they know best what they were at. */
const LAST_WORDS_MS = 1000;

/** Keeps one connection to a host up, and what is known of its domains true. */
export class ConnectionKeeper {
  readonly #options: ReconnectOptions;
  readonly #backOff: BackOff;
  readonly #picture = new DomainPicture();
  /** By uuid, the aspects of which the next events may tell what the last reading had seen already. */
  #unsettled = new Map<string, Set<Aspect>>();
  readonly #calls = new Set<(reason: Error) => void>();
  readonly #eventListeners = new Set<(event: DomainEvent) => void>();
  readonly #connectionListeners = new Set<(change: ConnectionChange) => void>();
  #state: State = { kind: 'closed' };
  #timer: TimerHandle;
  #attempt: AbortController | undefined;

  constructor(options: ReconnectOptions) {
    this.#options = options;
    this.#backOff = new BackOff(options.random, options);
  }

  /** Makes the first connection. Rejects with what it fails with, unless it is to begin lost. */
  async open(signal?: AbortSignal): Promise<void> {
    const since = this.#options.clock.now();
    try {
      this.#enter(await this.#connect(signal));
    } catch (error) {
      if (this.#options.startLost !== true || signal?.aborted) throw error;
      this.#state = { kind: 'lost', since, reason: AttituneError.from(error, 'host-unreachable'), nextAt: undefined };
      this.#tryLater(this.#state);
    }
  }

  get connected(): boolean {
    return this.#state.kind === 'up';
  }

  /** Rejects with `host-unreachable` where the connection is lost, or gets lost before the call has ended. */
  call<T>(call: (hypervisor: Hypervisor) => Promise<T>): Promise<T> {
    if (this.#state.kind !== 'up') return Promise.reject(this.#unreachable());
    const { hypervisor } = this.#state.opened;
    return new Promise<T>((resolve, reject) => {
      this.#calls.add(reject);
      const running = (async () => call(hypervisor))();
      void running.then(resolve, reject).finally(() => this.#calls.delete(reject));
    });
  }

  onDomainEvent(listener: (event: DomainEvent) => void): Subscription {
    return subscribe(this.#eventListeners, listener);
  }
  onConnection(listener: (change: ConnectionChange) => void): Subscription {
    return subscribe(this.#connectionListeners, listener);
  }

  /** Ends it; nothing is told any more, and every call rejects. */
  async close(): Promise<void> {
    const state = this.#state;
    this.#state = { kind: 'closed' };
    this.#eventListeners.clear();
    this.#connectionListeners.clear();
    this.#options.clock.clearTimeout(this.#timer);
    this.#attempt?.abort(this.#unreachable());
    if (state.kind === 'up') await state.opened.close();
    this.#rejectCalls(this.#unreachable());
  }

  async #connect(signal?: AbortSignal): Promise<OpenedConnection> {
    const { clock, connect, host, uri, attemptTimeoutMs = 20_000 } = this.#options;
    const attempt = new AbortController();
    this.#attempt = attempt;
    const timer = clock.setTimeout(() => {
      const late = `${host} (${uri}): there was no answer within ${attemptTimeoutMs / 1000} s.`;
      attempt.abort(new AttituneError('host-unreachable', late));
    }, attemptTimeoutMs);
    try {
      const signals = signal ? [attempt.signal, signal] : [attempt.signal];
      return await OpenedConnection.open(connect, AbortSignal.any(signals));
    } finally {
      clock.clearTimeout(timer);
      this.#attempt = undefined;
    }
  }

  /** From here on calls work; what was missed is told before anything new. */
  #enter(opened: OpenedConnection): void {
    this.#state = { kind: 'up', opened, since: this.#options.clock.now() };
    const missed = this.#picture.replace(opened.domains);
    const aspects = (): Set<Aspect> => new Set(['definition', 'condition']);
    this.#unsettled = new Map([...opened.domains, ...missed].map(({ uuid }) => [uuid, aspects()]));
    for (const event of missed) this.#tell(this.#eventListeners, event);
    opened.attach({ event: (event) => this.#hear(event), lost: (reason) => this.#lose(opened, reason) });
  }

  #hear(event: DomainEvent): void {
    const aspect = aspectOf(event);
    if (aspect) {
      const unsettled = this.#unsettled.get(event.uuid);
      const doubtful = unsettled?.has(aspect) ?? !this.#picture.has(event.uuid);
      // what the reading has told already, or the end of what nobody was told of
      if (doubtful && !this.#picture.follows(event)) return;
      unsettled?.delete(aspect);
      this.#picture.apply(event);
    }
    this.#tell(this.#eventListeners, event);
  }

  #lose(opened: OpenedConnection, reason: Error): void {
    if (this.#state.kind !== 'up' || this.#state.opened !== opened) return;
    const { clock } = this.#options;
    const now = clock.now();
    this.#backOff.lasted(now - this.#state.since);
    const lost: State = { kind: 'lost', since: now, reason, nextAt: undefined };
    this.#state = lost;
    void opened.close();
    this.#tryLater(lost);
    const failure = this.#unreachable();
    this.#rejectCalls(failure);
    this.#tell(this.#connectionListeners, { connected: false, reason: failure });
  }

  #tryLater(lost: State & { readonly kind: 'lost' }): void {
    const { clock } = this.#options;
    const wait = this.#backOff.next();
    lost.nextAt = clock.now() + wait;
    this.#timer = clock.setTimeout(() => void this.#tryAgain(lost), wait);
  }

  async #tryAgain(lost: State & { readonly kind: 'lost' }): Promise<void> {
    lost.nextAt = undefined;
    try {
      const opened = await this.#connect();
      if (this.#state !== lost) {
        await opened.close();
        return;
      }
      this.#enter(opened);
      if (this.connected) this.#tell(this.#connectionListeners, { connected: true });
    } catch (error) {
      if (this.#state !== lost) return;
      lost.reason = AttituneError.from(error, 'host-unreachable');
      this.#tryLater(lost);
    }
  }

  #unreachable(): AttituneError {
    const { host, uri } = this.#options;
    const state = this.#state;
    if (state.kind !== 'lost')
      return new AttituneError('host-unreachable', `${host} (${uri}): the connection is closed.`);
    const { since, nextAt, reason } = state;
    const again = nextAt === undefined ? 'being tried again now' : `tried again at ${timeOf(nextAt)}`;
    return new AttituneError(
      'host-unreachable',
      `${host} (${uri}): there is no connection since ${timeOf(since)}, and it is ${again}. ${reason.message}`,
      { cause: reason, details: { since, ...(nextAt === undefined ? {} : { nextAttemptAt: nextAt }) } },
    );
  }

  #rejectCalls(failure: AttituneError): void {
    const calls = [...this.#calls];
    if (calls.length === 0) return;
    this.#options.clock.setTimeout(() => {
      for (const reject of calls) reject(failure);
    }, LAST_WORDS_MS);
  }

  #tell<T>(listeners: ReadonlySet<(told: T) => void>, told: T): void {
    for (const listener of [...listeners]) {
      try {
        listener(told);
      } catch (error) {
        const context = `A listener to ${this.#options.host} failed`;
        process.emitWarning(AttituneError.from(error, 'internal', context));
      }
    }
  }
}

function timeOf(at: number): string {
  return new Date(at).toISOString();
}

function subscribe<T>(listeners: Set<(told: T) => void>, listener: (told: T) => void): Subscription {
  // the same function may listen twice
  const own = (told: T) => listener(told);
  listeners.add(own);
  return { unsubscribe: () => void listeners.delete(own) };
}
