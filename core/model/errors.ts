/**
 * The one error class of AttiTUNe. Every code stands in {@link ERROR_CODES} and in ERRORS.md; a test holds both together.
 */

/** What an error of each code means, and whether trying again can help (`retryable`) or not (`terminal`). */
export const ERROR_CODES = {
  // the call and its files: exit code 2
  usage: { exitCode: 2, kind: 'terminal', summary: 'The command was called wrongly.' },
  'file-not-found': { exitCode: 2, kind: 'terminal', summary: 'A file does not exist or cannot be read.' },
  'xml-malformed': { exitCode: 2, kind: 'terminal', summary: 'A file is not well-formed XML.' },
  'xml-element': { exitCode: 2, kind: 'terminal', summary: 'An element is unknown, missing, or in the wrong place.' },
  'xml-attribute': { exitCode: 2, kind: 'terminal', summary: 'An XML attribute is unknown or missing.' },
  'ini-malformed': { exitCode: 2, kind: 'terminal', summary: 'A line of an INI file has no form of one.' },
  'ini-key': { exitCode: 2, kind: 'terminal', summary: 'A section of an INI file has an unknown key, or lacks one.' },
  'json-malformed': { exitCode: 2, kind: 'terminal', summary: 'A file is not well-formed JSON.' },
  'json-field': { exitCode: 2, kind: 'terminal', summary: 'A JSON document has an unknown field, or lacks one.' },
  value: { exitCode: 2, kind: 'terminal', summary: 'A value does not have the form or range that is asked for.' },
  'duplicate-name': { exitCode: 2, kind: 'terminal', summary: 'A name is used twice.' },
  'unknown-class': { exitCode: 2, kind: 'terminal', summary: 'No component class or host family has that name.' },
  'unknown-wrapper': { exitCode: 2, kind: 'terminal', summary: 'No wrapper has that name.' },
  'unknown-attribute': { exitCode: 2, kind: 'terminal', summary: 'A component has no attribute of that name.' },
  'unknown-measure': { exitCode: 2, kind: 'terminal', summary: 'No probe measures that.' },
  'unknown-detector': { exitCode: 2, kind: 'terminal', summary: 'No detector has that type.' },
  'unknown-operation': { exitCode: 2, kind: 'terminal', summary: 'A wrapper has no operation of that name.' },
  'unknown-state': { exitCode: 2, kind: 'terminal', summary: 'A diagram has no state of that id.' },
  'unknown-id': { exitCode: 2, kind: 'terminal', summary: 'No <send> or <invoke> of a diagram has that id.' },
  'unknown-host': { exitCode: 2, kind: 'terminal', summary: 'No host has that name.' },
  'unknown-event': {
    exitCode: 2,
    kind: 'terminal',
    summary: 'Nothing raises, or nothing hears, an event of that name.',
  },
  cardinality: { exitCode: 2, kind: 'terminal', summary: 'The cardinalities of an association cannot be met.' },
  constraint: { exitCode: 2, kind: 'terminal', summary: 'Constraints contradict each other.' },
  'unknown-variable': { exitCode: 2, kind: 'terminal', summary: 'No variable has that name, or it has no value.' },
  unreachable: { exitCode: 2, kind: 'terminal', summary: 'A state of a diagram can never be entered.' },
  'dead-end': {
    exitCode: 2,
    kind: 'terminal',
    summary: 'A state of a diagram cannot be left, or a procedure cannot end.',
  },
  'endless-loop': { exitCode: 2, kind: 'terminal', summary: 'Transitions without an event lead round in a circle.' },
  expression: {
    exitCode: 2,
    kind: 'terminal',
    summary: 'An expression of a diagram or template cannot be parsed, or uses a variable that nothing declares.',
  },
  // components: Fractal's contract
  'illegal-life-cycle': { exitCode: 1, kind: 'terminal', summary: 'The component is not in a state that allows this.' },
  'illegal-binding': { exitCode: 1, kind: 'terminal', summary: 'Two interfaces cannot be bound or unbound like that.' },
  'illegal-content': { exitCode: 1, kind: 'terminal', summary: 'A composite cannot add or remove that component.' },
  'unknown-component': {
    exitCode: 1,
    kind: 'terminal',
    summary: 'No component has that name, or a path reaches none.',
  },
  // the world: exit code 1
  'operation-failed': { exitCode: 1, kind: 'terminal', summary: 'An operation of a wrapper failed.' },
  'operation-timeout': { exitCode: 1, kind: 'retryable', summary: 'An operation did not end in its time.' },
  cancelled: { exitCode: 1, kind: 'terminal', summary: 'The operation was cancelled, by Ctrl-C or by a diagram.' },
  'diagram-failed': { exitCode: 1, kind: 'terminal', summary: 'A diagram ended without reaching a final state.' },
  'diagram-changed': {
    exitCode: 1,
    kind: 'terminal',
    summary: 'A diagram was changed while a session of it was interrupted.',
  },
  'operation-cut-off': {
    exitCode: 1,
    kind: 'terminal',
    summary: 'The manager died during an operation that is not known to be safe to repeat.',
  },
  declined: {
    exitCode: 1,
    kind: 'terminal',
    summary: 'Something was not to be done: its mode is recommend, an administrator declined it, or all is held.',
  },
  'rolled-back': { exitCode: 1, kind: 'terminal', summary: 'A procedure failed and what it had done was undone.' },
  store: { exitCode: 1, kind: 'terminal', summary: 'The store of journal and sessions cannot be read or written.' },
  'expression-failed': { exitCode: 1, kind: 'terminal', summary: 'An expression of a diagram threw or ran too long.' },
  'host-unreachable': { exitCode: 1, kind: 'retryable', summary: 'A host does not answer.' },
  hypervisor: { exitCode: 1, kind: 'terminal', summary: 'The hypervisor refused or failed an operation.' },
  'domain-not-found': { exitCode: 1, kind: 'terminal', summary: 'A host has no domain of that name.' },
  'domain-exists': { exitCode: 1, kind: 'terminal', summary: 'A host already has a domain of that name.' },
  'domain-state': { exitCode: 1, kind: 'terminal', summary: 'The domain is not in a state that allows this.' },
  'migration-failed': {
    exitCode: 1,
    kind: 'retryable',
    summary: 'A live migration failed; the domain stays where it was.',
  },
  'migration-aborted': {
    exitCode: 1,
    kind: 'terminal',
    summary: 'A live migration was aborted; the domain stays where it was.',
  },
  'migration-timeout': {
    exitCode: 1,
    kind: 'retryable',
    summary: 'A live migration took longer than it may; the domain stays where it was.',
  },
  'migration-refused': {
    exitCode: 1,
    kind: 'terminal',
    summary: 'A migration cannot work and was not begun; every reason is listed.',
  },
  'domain-died': {
    exitCode: 1,
    kind: 'terminal',
    summary: 'A domain stopped by itself, for example during a migration.',
  },
  'guest-agent': {
    exitCode: 1,
    kind: 'retryable',
    summary: 'The guest agent of a domain does not answer, or refused.',
  },
  'domain-doubled': {
    exitCode: 1,
    kind: 'terminal',
    summary: 'A domain is on more than one host, and it cannot be told which is the right one.',
  },
  'disk-in-use': {
    exitCode: 1,
    kind: 'terminal',
    summary: 'A domain was not started, since another one uses its disk.',
  },
  'unknown-storage': { exitCode: 1, kind: 'terminal', summary: 'A host has no such storage pool or volume.' },
  'storage-exists': { exitCode: 1, kind: 'terminal', summary: 'A storage pool already has a volume of that name.' },
  image: { exitCode: 2, kind: 'terminal', summary: 'A disk image is not what it must be, or is not safe to use.' },
  'not-permitted': {
    exitCode: 2,
    kind: 'terminal',
    summary: 'Something was asked for that has to be allowed first.',
  },
  certificate: {
    exitCode: 1,
    kind: 'terminal',
    summary: 'A certificate is missing, expired, for another name, or of an authority that is not trusted.',
  },
  power: { exitCode: 1, kind: 'terminal', summary: 'A host could not be switched on or off.' },
  'no-capacity': { exitCode: 1, kind: 'terminal', summary: 'No host has room for a component.' },
  'no-answer': {
    exitCode: 1,
    kind: 'retryable',
    summary: 'Another member of the bus did not answer, or is not there.',
  },
  'name-taken': { exitCode: 1, kind: 'terminal', summary: 'Another member of the bus has that name.' },
  bus: { exitCode: 1, kind: 'retryable', summary: 'The bus between manager and agents cannot be reached.' },
  'port-in-use': { exitCode: 1, kind: 'terminal', summary: 'Another program listens on that port.' },
  protocol: {
    exitCode: 1,
    kind: 'terminal',
    summary: 'A peer answered with something that its protocol does not allow.',
  },
  'missing-package': {
    exitCode: 1,
    kind: 'terminal',
    summary: 'A program or Debian package that is needed is not installed.',
  },
  'not-root': { exitCode: 1, kind: 'terminal', summary: 'This needs the rights of root.' },
  lab: { exitCode: 1, kind: 'terminal', summary: 'The lab could not be set up or taken down.' },
  'lab-busy': { exitCode: 1, kind: 'retryable', summary: 'Another process is using the lab.' },
  'image-build': { exitCode: 1, kind: 'terminal', summary: 'A guest image could not be built.' },
  expectation: { exitCode: 1, kind: 'terminal', summary: 'A scenario did not meet an expectation.' },
  internal: { exitCode: 1, kind: 'terminal', summary: 'A fault of AttiTUNe itself; please report it.' },
} as const satisfies Record<string, { exitCode: 1 | 2; kind: 'retryable' | 'terminal'; summary: string }>;

export type ErrorCode = keyof typeof ERROR_CODES;

/** A place in a file; lines and columns count from 1. */
export interface SourcePlace {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

export interface AttituneErrorOptions {
  readonly cause?: unknown;
  readonly place?: SourcePlace | undefined;
  /** Facts for programs: libvirt's error code, an exit status … */
  readonly details?: Readonly<Record<string, unknown>>;
}

/**
 * An error that an administrator reads: `message` says what is wrong and what to do, `code` is stable,
 * `place` is set where a file is to blame.
 */
export class AttituneError extends Error {
  readonly code: ErrorCode;
  readonly place: SourcePlace | undefined;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, message: string, options: AttituneErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'AttituneError';
    this.code = code;
    this.place = options.place;
    this.details = options.details ?? {};
  }

  /** True where the same call can succeed later without any change. */
  get retryable(): boolean {
    return ERROR_CODES[this.code].kind === 'retryable';
  }

  static is(error: unknown, code?: ErrorCode): error is AttituneError {
    return error instanceof AttituneError && (code === undefined || error.code === code);
  }

  /** Any thrown thing as an AttituneError; what is none already becomes `fallback`, with the original as its cause. */
  static from(error: unknown, fallback: ErrorCode = 'internal', context = ''): AttituneError {
    if (error instanceof AttituneError) return error;
    const text = error instanceof Error ? error.message : String(error);
    return new AttituneError(fallback, context ? `${context}: ${text}` : text, { cause: error });
  }
}

/** `file:line:column: error CODE: message`, the form in which every wrong file is reported. */
export function formatError(error: AttituneError): string {
  const where = error.place ? `${error.place.file}:${error.place.line}:${error.place.column}: ` : '';
  return `${where}error ${error.code}: ${error.message}`;
}
