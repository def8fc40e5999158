import { Environment, type ASTNode } from '@marcbachmann/cel-js';
import { AttituneError, type SourcePlace } from '../../core/model/errors.js';
import type { PropertyValue } from '../../core/model/messages.js';
import { SHELL_ONLY } from './commands.js';

/** What a trigger has done. Nothing else can come out of an expression. */
export type TriggerAction =
  /** Asks one client, or all, for their properties; without names, for all of them. */
  | { readonly kind: 'get-property'; readonly client?: string; readonly names?: readonly string[] }
  | { readonly kind: 'send-command'; readonly client: string; readonly argv: readonly [string, ...string[]] }
  | { readonly kind: 'emit'; readonly event: string; readonly component: string; readonly arg?: string };

/** A client of the manager with what is known of it. */
export interface TriggerClient {
  readonly name: string;
  readonly role: string;
  readonly properties: Readonly<Record<string, PropertyValue>>;
}

export interface TriggerWorld {
  /** The manager's own name. */
  readonly manager: string;
  readonly clients: readonly TriggerClient[];
}

/** Both throw `expression-failed` where something is asked for that there is not, such as a property not read yet. */
export type Condition = (world: TriggerWorld) => boolean;
export type CommandExpression = (world: TriggerWorld) => readonly TriggerAction[];

class Sender {
  readonly of = 'manager';
}
class Action {
  constructor(readonly action: TriggerAction) {}
}

type Client = ReadonlyMap<string, unknown> | Readonly<Record<string, unknown>> | string;
const LIMITS = { maxAstNodes: 500, maxDepth: 40, maxListElements: 200, maxCallArguments: 8 };
const LONGEST = 4096;

/** Overloads of one function: what it takes, and what it makes of it. */
const FUNCTIONS: Readonly<Record<string, (...args: never[]) => unknown>> = {
  'len(list<dyn>): int': (list: readonly unknown[]) => BigInt(list.length),
  'len(string): int': (text: string) => BigInt(Array.from(text).length),
  'len(map<string, dyn>): int': (map: object) => BigInt(map instanceof Map ? map.size : Object.keys(map).length),
  'Sender.send_get_property(): Action': () => new Action({ kind: 'get-property' }),
  ...forClients('send_get_property', '', (_sender: Sender, client: Client) => ({
    kind: 'get-property',
    client: clientName(client),
  })),
  ...forClients(
    'send_get_property',
    ', list<string>',
    (_sender: Sender, client: Client, names: readonly unknown[]) => ({
      kind: 'get-property',
      client: clientName(client),
      names: names.map((name) => textOf(name, 'the name of a property')),
    }),
  ),
  ...forClients('send_command', ', list<dyn>', (_sender: Sender, client: Client, words: readonly unknown[]) => ({
    kind: 'send-command',
    client: clientName(client),
    argv: argvOf(words),
  })),
  ...forClients('send_command', ', string', (_sender: Sender, client: Client, text: string) => ({
    kind: 'send-command',
    client: clientName(client),
    argv: wordsOf(text),
  })),
  'emit(string, string): Action': (event: string, component: string) => emission(event, component),
  'emit(string, string, string): Action': (event: string, component: string, arg: string) =>
    emission(event, component, arg),
};

/** The client as it stands in `manager.clients`, or its name. */
function forClients(
  name: string,
  more: string,
  make: (sender: Sender, client: Client, rest: never) => TriggerAction,
): Record<string, (...args: never[]) => unknown> {
  const handler = (...args: never[]) => new Action(make(...(args as unknown as [Sender, Client, never])));
  return {
    [`Sender.${name}(map<string, dyn>${more}): Action`]: handler,
    [`Sender.${name}(string${more}): Action`]: handler,
  };
}

const ENVIRONMENT = Object.entries(FUNCTIONS).reduce(
  (environment, [signature, handler]) => environment.registerFunction(signature, handler as never),
  new Environment({ limits: LIMITS, homogeneousAggregateLiterals: false })
    .registerType('Sender', Sender)
    .registerType('Action', Action)
    .registerVariable({ name: 'manager', schema: { name: 'string', clients: 'list<map<string, dyn>>' } })
    .registerVariable('sender', 'Sender'),
);

/** The expression of a trigger, with or without braces around it. Throws `expression` at its place. */
export function condition(text: string, place: SourcePlace): Condition {
  const evaluate = compile(text, place, (type) => type === 'bool' || type === 'dyn', 'true or false');
  return (world) => {
    const value = evaluate(world);
    if (typeof value === 'boolean') return value;
    throw new AttituneError('expression-failed', 'The expression is neither true nor false.');
  };
}

/** What a trigger does: one call, or a list of them. Throws `expression` and `value` at its place. */
export function commandExpression(text: string, place: SourcePlace): CommandExpression {
  const evaluate = compile(
    text,
    place,
    (type) => /^(Action|dyn|list(<.*(Action|dyn).*>)?)$/.test(type),
    WHAT_CAN_BE_DONE,
  );
  return (world) => {
    const value = evaluate(world);
    return (Array.isArray(value) ? (value as readonly unknown[]) : [value]).flat().map((one) => {
      if (one instanceof Action) return one.action;
      throw new AttituneError('expression-failed', `The command is none of ${WHAT_CAN_BE_DONE}.`);
    });
  };
}

const WHAT_CAN_BE_DONE =
  'sender.send_get_property(), sender.send_command(client, [words]) or emit(event, component), or a list of them';

function compile(
  text: string,
  place: SourcePlace,
  fits: (type: string) => boolean,
  wanted: string,
): (world: TriggerWorld) => unknown {
  const { expression, offset } = withoutBraces(text);
  const at = (index: number): SourcePlace => ({ ...place, column: place.column + offset + index });
  if (expression === '' || expression.length > LONGEST)
    throw new AttituneError('expression', `An expression has from 1 to ${LONGEST} characters.`, { place });
  const { valid, error, type } = ENVIRONMENT.check(expression);
  if (!valid) {
    const { summary = 'it cannot be read', range } = (error ?? {}) as { summary?: string; range?: { start: number } };
    throw new AttituneError('expression', `${summary}.`, { place: at(range?.start ?? 0), cause: error });
  }
  if (!fits(String(type)))
    throw new AttituneError('expression', `It is ${String(type)}, and must be ${wanted}.`, { place: at(0) });
  const parsed = ENVIRONMENT.parse(expression);
  checkLiterals(parsed.ast, at);
  return (world) => {
    try {
      return parsed(contextOf(world)) as unknown;
    } catch (failure) {
      if (AttituneError.is(failure)) throw failure;
      const { summary, message } = failure as { summary?: string; message?: string };
      throw new AttituneError('expression-failed', `${summary ?? message ?? String(failure)}.`, { cause: failure });
    }
  };
}

function withoutBraces(text: string): { readonly expression: string; readonly offset: number } {
  const [, before = '', inner] = /^(\s*\{\s*)(.*?)\s*\}\s*$/s.exec(text) ?? [];
  return inner === undefined
    ? { expression: text.trim(), offset: text.length - text.trimStart().length }
    : { expression: inner, offset: before.length };
}

function contextOf({ manager, clients }: TriggerWorld): Record<string, unknown> {
  const seen = clients.map(({ name, role, properties }) => {
    const known = Object.entries(properties).filter(([, value]) => typeof value !== 'object');
    return { ...Object.fromEntries(known.map(([key, value]) => [key, numberOf(value)])), name, role };
  });
  return { manager: { name: manager, clients: seen }, sender: new Sender() };
}

/** Whole numbers are CEL's `int`. */
function numberOf(value: PropertyValue): unknown {
  return typeof value === 'number' && Number.isSafeInteger(value) ? BigInt(value) : value;
}

/** What can be known to be refused is refused before anything runs. */
function checkLiterals(node: ASTNode, at: (index: number) => SourcePlace): void {
  if (node.op === 'rcall' && node.args[0] === 'send_command') {
    const words = node.args[2][1];
    if (words?.op === 'value' && typeof words.args === 'string') {
      const text = words.args;
      placed(() => wordsOf(text), at(words.start));
    } else if (words?.op === 'list' && words.args.every(({ op }) => op === 'value'))
      placed(() => argvOf(words.args.map(({ args }) => args)), at(words.start));
  } else if (node.op === 'call' && node.args[0] === 'emit') {
    const [event] = node.args[1];
    if (event?.op === 'value' && typeof event.args === 'string') {
      const name = event.args;
      placed(() => emission(name, 'any'), at(event.start));
    }
  }
  for (const child of childrenOf(node.args)) checkLiterals(child, at);
}

function childrenOf(args: unknown): readonly ASTNode[] {
  if (Array.isArray(args)) return args.flatMap(childrenOf);
  return typeof args === 'object' && args !== null && 'op' in args ? [args as ASTNode] : [];
}

function placed(check: () => void, place: SourcePlace): void {
  try {
    check();
  } catch (error) {
    throw new AttituneError('value', (error as Error).message, { place });
  }
}

function clientName(client: Client): string {
  if (typeof client === 'string') return client;
  return textOf(client instanceof Map ? client.get('name') : (client as Record<string, unknown>)['name'], 'a client');
}

function textOf(value: unknown, what: string): string {
  if (typeof value === 'string' && value !== '') return value;
  throw new AttituneError('expression-failed', `${String(value)} is not ${what}.`);
}

function argvOf(words: readonly unknown[]): readonly [string, ...string[]] {
  const texts = words.map((word) => (typeof word === 'bigint' || typeof word === 'number' ? String(word) : word));
  const [program, ...args] = texts;
  const isWord = (word: unknown): word is string => typeof word === 'string' && !word.includes('\0');
  if (isWord(program) && program !== '' && args.every(isWord)) return [program, ...args];
  throw new AttituneError('value', 'A command is a list of words: the program, and its arguments.');
}

function wordsOf(text: string): readonly [string, ...string[]] {
  if (SHELL_ONLY.test(text))
    throw new AttituneError(
      'value',
      `${JSON.stringify(text)} holds what only a shell would read, and there is none: give the words as a list.`,
    );
  return argvOf(text.split(/\s+/).filter(Boolean));
}

function emission(event: string, component: string, arg?: string): Action {
  if (!/^[A-Za-z_][\w.-]*$/.test(event))
    throw new AttituneError('value', `${JSON.stringify(event)} cannot be the name of an event.`);
  return new Action({ kind: 'emit', event, component, ...(arg === undefined ? {} : { arg }) });
}
