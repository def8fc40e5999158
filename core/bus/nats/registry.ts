import {
  jetstream,
  jetstreamManager,
  JetStreamApiCodes,
  JetStreamApiError,
  StorageType,
  type JetStreamManager,
} from '@nats-io/jetstream';
import { Kvm, type KV, type KvEntry } from '@nats-io/kv';
import { errors, millis, type Msg, type NatsConnection, type Subscription } from '@nats-io/transport-node';
import * as v from 'valibot';
import { delay, type Clock } from '../../model/clock.js';
import { AttituneError } from '../../model/errors.js';
import type { Member } from '../../model/member-bus.js';
import { INCARNATION, MEMBER_NAME } from '../envelope.js';
import { MISSED_RENEWALS } from './member-table.js';
import { AGENT_ROLE, ANY_ROLE, entryOf, inboxOf, lifeOf, membersNews, readEntry, type Space } from './subjects.js';

/** How long nobody must answer for a member's life before its name goes to the next one: a reconnection takes less. */
const ABANDONED_MS = 1500;
const REQUEST_MS = 5000;
/** How many entries are read at once. */
const READ_AT_ONCE = 64;

const RECORD = v.strictObject({
  role: v.pipe(v.string(), v.maxLength(64)),
  incarnation: v.pipe(v.string(), v.regex(INCARNATION)),
});

/** What the server told of one member: it is there, or (without a record) it left. */
export interface MemberNews {
  readonly name: string;
  readonly member?: Member;
}

/**
 * The members of a space: a bucket of JetStream's key-value store with an entry for each, which only its owner may write
 * and which vanishes unless it is renewed. Writing tells the revision that it replaces, so that of two that want the
 * same name one gets it. Where the server knows everybody, an agent may write no entry of another role. The server itself tells of each entry that it stored, and everybody may hear that.
 *
 * Nothing here asks for a consumer or a direct answer of the server: with those a member could have the server send
 * words of its own under another's subject.
 */
export class MemberRegistry {
  readonly #connection: NatsConnection;
  readonly #space: Space;
  readonly #member: Member;
  readonly #clock: Clock;
  #store: { readonly bucket: KV; readonly manager: JetStreamManager } | undefined;
  #revision = 0;
  #everyMs = 0;

  constructor(connection: NatsConnection, space: Space, member: Member, clock: Clock) {
    this.#connection = connection;
    this.#space = space;
    this.#member = member;
    this.#clock = clock;
  }

  /** How often entries are renewed; known once the bucket was opened. */
  get everyMs(): number {
    return this.#everyMs;
  }

  /**
   * Opens the bucket, and makes it where there is none and this member may: `everyMs` is what it is made for. Rejects with
   * `bus`, or `protocol` where the server cannot have one.
   */
  async open(everyMs: number): Promise<void> {
    const { bucket, stream } = this.#space;
    try {
      const manager = await jetstreamManager(this.#connection, { timeout: REQUEST_MS, checkAPI: false });
      const kvm = new Kvm(jetstream(this.#connection, { timeout: REQUEST_MS, checkAPI: false }));
      const info = await manager.streams.info(stream).catch(async (error: unknown) => {
        if (!isApiError(error, JetStreamApiCodes.StreamNotFound)) throw error;
        await kvm.create(bucket, {
          ttl: MISSED_RENEWALS * everyMs,
          // those who may not make it find it after a restart of the server
          storage: StorageType.File,
          history: 1,
          allow_direct: false,
          maxValueSize: 1024,
          republish: { src: `$KV.${bucket}.>`, dest: membersNews(this.#space) },
          description: `Members of the space ${this.#space.name} of AttiTUNe`,
        });
        return manager.streams.info(stream);
      });
      if (info.config.republish?.dest !== membersNews(this.#space))
        throw new AttituneError(
          'protocol',
          `The NATS server has a stream ${stream} that is not of AttiTUNe's making: remove it, or use another space.`,
        );
      this.#everyMs = millis(info.config.max_age) / MISSED_RENEWALS;
      this.#store = { bucket: await kvm.open(bucket, { allow_direct: false }), manager };
    } catch (error) {
      throw this.#explained(error);
    }
  }

  /**
   * Takes the member's name. Rejects with `name-taken` where another one has it and has a connection, or had one a moment
   * ago.
   */
  async claim(): Promise<void> {
    const { name, role } = this.#member;
    const key = entryOf(name, role);
    let abandonedSince: number | undefined;
    for (;;) {
      const { bucket } = this.#opened();
      const entry = await bucket.get(key).catch((error: unknown) => {
        throw this.#explained(error);
      });
      const holder = entry && recordOf(entry);
      if (entry && holder && holder.incarnation !== this.#member.incarnation) {
        if (await this.isThere(holder)) throw this.#taken(holder);
        abandonedSince ??= this.#clock.now();
        if (this.#clock.now() - abandonedSince < ABANDONED_MS) {
          await delay(this.#clock, ABANDONED_MS / 4);
          continue;
        }
      }
      await this.#requireNoOther();
      if (!(await this.#write(entry?.revision ?? 0))) continue;
      // of two that wrote at the same time at least one sees the other
      await this.#requireNoOther().catch(async (error: unknown) => {
        await this.leave().catch(() => undefined);
        throw error;
      });
      return;
    }
  }

  /** Rejects with `name-taken` where one of the name is there in the entry of the other kind. */
  async #requireNoOther(): Promise<void> {
    const { name, role } = this.#member;
    const other = role === AGENT_ROLE ? ANY_ROLE : AGENT_ROLE;
    const entry = await this.#opened()
      .bucket.get(entryOf(name, other))
      .catch((error: unknown) => {
        throw this.#explained(error);
      });
    const holder = entry && recordOf(entry);
    if (holder && (await this.isThere(holder))) throw this.#taken(holder);
  }

  /** Resolves with false where another one has the name now, or the entry has vanished. */
  renew(): Promise<boolean> {
    return this.#write(this.#revision);
  }

  async leave(): Promise<void> {
    const { name, role } = this.#member;
    await this.#store?.bucket.delete(entryOf(name, role), { previousSeq: this.#revision });
  }

  /** Everybody whose entry has not vanished. */
  async members(): Promise<readonly Member[]> {
    const { bucket, manager } = this.#opened();
    const prefix = `$KV.${this.#space.bucket}.`;
    const info = await manager.streams.info(this.#space.stream, { subjects_filter: `${prefix}>` });
    const keys = Object.keys(info.state.subjects ?? {}).map((subject) => subject.slice(prefix.length));
    const found: Member[] = [];
    for (let at = 0; at < keys.length; at += READ_AT_ONCE) {
      const entries = await Promise.all(keys.slice(at, at + READ_AT_ONCE).map((key) => bucket.get(key)));
      for (const entry of entries) {
        const member = entry && recordOf(entry);
        if (member) found.push(member);
      }
    }
    return found;
  }

  /** What the server stores from now on. */
  watch(listener: (news: MemberNews) => void): Subscription {
    const prefix = membersNews(this.#space).length - 1;
    return this.#connection.subscribe(membersNews(this.#space), {
      callback: (error, message) => {
        if (error) return;
        const entry = message.subject.slice(prefix);
        const { name } = readEntry(entry);
        const member = readRecord(entry, message.data);
        if (member) listener({ name, member });
        else if (message.headers?.has('KV-Operation') === true) listener({ name });
      },
    });
  }

  /** Whether that life of a member has a connection: the server says at once where nobody listens for it. */
  async isThere({ name, incarnation }: Member): Promise<boolean> {
    const reply = `${inboxOf(this.#member.name)}.life.${this.#connection.info?.client_id ?? 0}.${nextProbe()}`;
    let there = true;
    const answers = this.#connection.subscribe(reply, {
      callback: (_error, message) => {
        if (isNobody(message)) there = false;
      },
    });
    this.#connection.publish(lifeOf(this.#space, this.#member.name, name, incarnation), undefined, { reply });
    // what the server had to say stands before its answer to this
    await this.#connection.flush();
    answers.unsubscribe();
    return there;
  }

  /** False where the entry is at another revision. */
  async #write(revision: number): Promise<boolean> {
    const { name, role, incarnation } = this.#member;
    const text = JSON.stringify({ role, incarnation } satisfies v.InferOutput<typeof RECORD>);
    try {
      this.#revision = await this.#opened().bucket.put(entryOf(name, role), text, { previousSeq: revision });
      return true;
    } catch (error) {
      if (isApiError(error, JetStreamApiCodes.StreamWrongLastSequence)) return false;
      throw this.#explained(error);
    }
  }

  #opened(): { readonly bucket: KV; readonly manager: JetStreamManager } {
    if (this.#store) return this.#store;
    throw new AttituneError('bus', 'The members of the bus are not known yet.');
  }

  #taken({ name, role }: Member): AttituneError {
    return new AttituneError(
      'name-taken',
      `Another ${role} is on the bus under the name ${name}: give this one another name, or end the other.`,
    );
  }

  #explained(error: unknown): AttituneError {
    if (AttituneError.is(error)) return error;
    const refused = permissionIn(error);
    if (refused?.includes('.STREAM.CREATE.') === true)
      return new AttituneError(
        'bus',
        `The NATS server has no members of the space ${this.#space.name} yet, and this member may not make the first ` +
          'entry: start a manager (with a client certificate) on it once.',
        { cause: error },
      );
    if (refused?.includes(`.${ANY_ROLE}.`) === true)
      return new AttituneError(
        'not-permitted',
        `The NATS server lets ${this.#member.name} be an ${AGENT_ROLE} only, no ${this.#member.role}: take a client's ` +
          "certificate (attitune pki issue --client NAME), and write its configuration anew with 'attitune pki nats-config'.",
        { cause: error },
      );
    if (refused !== undefined)
      return new AttituneError(
        'certificate',
        `The NATS server does not let ${this.#member.name} use ${refused}: write its configuration anew with ` +
          `'attitune pki nats-config', for the space ${this.#space.name}.`,
        { cause: error },
      );
    return AttituneError.from(error, 'bus', 'The members of the bus cannot be read or written on the NATS server');
  }
}

let probes = 0;
function nextProbe(): number {
  probes += 1;
  return probes;
}

/** The server's word that nobody listened to what was published. */
export function isNobody(message: Msg): boolean {
  return message.data.length === 0 && message.headers?.code === 503;
}

function recordOf(entry: KvEntry): Member | undefined {
  return entry.operation === 'PUT' ? readRecord(entry.key, entry.value) : undefined;
}

/** What is in an entry; nothing where it claims a role that such an entry does not give. */
function readRecord(entry: string, data: Uint8Array): Member | undefined {
  const { name, anyRole } = readEntry(entry);
  if (!MEMBER_NAME.test(name) || data.length === 0) return undefined;
  try {
    const parsed = v.safeParse(RECORD, JSON.parse(new TextDecoder().decode(data)));
    return parsed.success && anyRole === (parsed.output.role !== AGENT_ROLE) ? { name, ...parsed.output } : undefined;
  } catch {
    return undefined;
  }
}

function isApiError(error: unknown, code: number): boolean {
  return error instanceof JetStreamApiError && error.code === code;
}

/** The subject that the server refused, where that is what went wrong. */
function permissionIn(error: unknown): string | undefined {
  for (let cause = error; cause instanceof Error; cause = cause.cause)
    if (cause instanceof errors.PermissionViolationError) return cause.subject;
  return undefined;
}
