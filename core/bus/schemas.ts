import * as v from 'valibot';
import type { Topic, Topics } from '../model/bus.js';
import type { Question, Questions } from '../model/messages.js';
import * as administration from './administration-schemas.js';
import * as agent from './agent-schemas.js';
import type { EnvelopeKind } from './envelope.js';
import * as control from './control-schemas.js';
import * as manager from './manager-schemas.js';
import * as peer from './peer-schemas.js';
import { text } from './schema-parts.js';

/**
 * The form of every topic and question of the bus: a message that differs from it is heard by nobody. Who adds a topic
 * or question to `core/model` adds its form here; the types hold both together.
 */
export const TOPIC_SCHEMAS = {
  reading: administration.reading,
  event: administration.event,
  journal: administration.journal,
  system: administration.system,
  session: administration.session,
  migration: administration.migration,
  requests: administration.requests,
  'agent.heartbeat': agent.heartbeat,
  'help.request': peer.helpRequest,
  'help.offer': peer.helpOffer,
  'help.release': peer.helpRelease,
  'help.done': peer.helpDone,
  'trade.end': peer.tradeEnd,
} as const satisfies { readonly [T in Topic]: v.GenericSchema<unknown, Topics[T]> };

export const QUESTION_SCHEMAS = {
  'agent.control': agent.control,
  'agent.describe': { asks: v.strictObject({}), answers: agent.description },
  'agent.probes': agent.probes,
  'agent.execute': agent.execute,
  'agent.commands': agent.commands,
  'agent.properties': agent.properties,
  'manager.emit': agent.emit,
  'manager.control': control.command,
  'manager.pending': control.pending,
  'manager.why': control.why,
  'manager.journal': control.journal,
  'manager.status': manager.status,
  'manager.cluster': manager.cluster,
  'help.accept': peer.helpAccept,
  'help.where': peer.helpWhere,
  'peers.exchange': peer.exchange,
  'trade.survey': peer.tradeSurvey,
  'trade.reserve': peer.tradeReserve,
  'trade.move': peer.tradeMove,
} as const satisfies {
  readonly [Q in Question]: {
    readonly asks: v.GenericSchema<unknown, Questions[Q]['asks']>;
    readonly answers: v.GenericSchema<unknown, Questions[Q]['answers']>;
  };
};

/** What a responder rejected with. */
export const REFUSAL_SCHEMA = v.strictObject({ code: v.pipe(v.string(), v.maxLength(64)), message: text });

type Extra<A, B> = A extends readonly unknown[]
  ? never
  : A extends object
    ? Exclude<keyof A, B extends unknown ? keyof B : never>
    : never;
/** Compiles only where nothing is left over. */
type Nothing<Left extends Readonly<Record<string, never>>> = Left;

/** Every field that a type has, its form has, too; else its messages would be refused, and this does not compile. */
export type NoFieldIsForgotten = Nothing<{
  readonly [T in Topic]: Extra<Topics[T], v.InferOutput<(typeof TOPIC_SCHEMAS)[T]>>;
}> &
  Nothing<{
    readonly [Q in Question]: Extra<Questions[Q]['asks'], v.InferOutput<(typeof QUESTION_SCHEMAS)[Q]['asks']>>;
  }> &
  Nothing<{
    readonly [Q in Question]: Extra<Questions[Q]['answers'], v.InferOutput<(typeof QUESTION_SCHEMAS)[Q]['answers']>>;
  }>;

/** The form of a body, or `undefined` where there is no such topic or question. */
export function bodySchema(kind: EnvelopeKind, name: string): v.GenericSchema | undefined {
  if (kind === 'tell')
    return Object.hasOwn(TOPIC_SCHEMAS, name) ? TOPIC_SCHEMAS[name as keyof typeof TOPIC_SCHEMAS] : undefined;
  if (!Object.hasOwn(QUESTION_SCHEMAS, name)) return undefined;
  const question = QUESTION_SCHEMAS[name as keyof typeof QUESTION_SCHEMAS];
  return kind === 'ask' ? question.asks : kind === 'answer' ? question.answers : REFUSAL_SCHEMA;
}
