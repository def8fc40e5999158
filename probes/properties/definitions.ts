import { readFileSync } from 'node:fs';
import { AttituneError, type SourcePlace } from '../../core/model/errors.js';
import { suggest } from '../../core/xml/suggest.js';
import { PROPERTY_COMMANDS, propertyReader, RETURN_TYPES, type PropertyReader, type ReturnType } from './commands.js';
import { commandExpression, condition, type CommandExpression, type Condition } from './expressions.js';
import { readSections, type IniEntry, type IniSection } from './ini-sections.js';

export interface PropertyDefinition {
  readonly name: string;
  readonly command: string;
  readonly parameters: string;
  readonly returnType: ReturnType;
  readonly everyMs: number;
  readonly read: PropertyReader;
}

export interface TriggerDefinition {
  readonly name: string;
  readonly when: Condition;
  readonly command: CommandExpression;
  readonly everyMs: number;
  /** Whether it is looked at after each change of a client's properties, too. */
  readonly onUpdate: boolean;
}

export interface Definitions {
  readonly properties: readonly PropertyDefinition[];
  readonly triggers: readonly TriggerDefinition[];
  /** All that is wrong with the file; what is returned beside is of use only where there is nothing. */
  readonly errors: readonly AttituneError[];
}

const DEFAULT_TICKS = { property: 60, trigger: 30 } as const;
const MOST_TICKS = 7 * 86_400;
const LONGEST_FILE = 1024 * 1024;
const NAME = /^[A-Za-z_][A-Za-z0-9_]{0,62}$/;
/** What a client has beside its properties, and what CEL keeps for itself. */
const RESERVED = new Set(['name', 'role', 'true', 'false', 'null', 'in', 'as', 'has', 'if', 'for', 'var', 'let']);

/** The two kinds of sections, told apart by what they must have. */
const KINDS = {
  property: { required: ['command'], optional: ['parameters', 'return_type', 'ticks'] },
  trigger: { required: ['expr', 'cmd'], optional: ['ticks', 'on_update_check'] },
} as const;
type Kind = keyof typeof KINDS;

/** Reads a file of properties and triggers; a file that cannot be read is an error among the others. */
export function readDefinitions(file: string, text?: string): Definitions {
  const reader = new DefinitionReader(file);
  try {
    return reader.read(text ?? readFileSync(file, 'utf8'));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const place = { file, line: 1, column: 1 };
    const message = `The file cannot be read${code === undefined ? '' : ` (${code})`}.`;
    return {
      properties: [],
      triggers: [],
      errors: [new AttituneError('file-not-found', message, { place, cause: error })],
    };
  }
}

class DefinitionReader {
  readonly #file: string;
  readonly #errors: AttituneError[] = [];

  constructor(file: string) {
    this.#file = file;
  }

  read(text: string): Definitions {
    const properties: PropertyDefinition[] = [];
    const triggers: TriggerDefinition[] = [];
    const place = { file: this.#file, line: 1, column: 1 };
    if (text.length > LONGEST_FILE)
      this.#errors.push(new AttituneError('value', 'The file is longer than 1 MiB.', { place }));
    else {
      const { sections, errors } = readSections(text, this.#file);
      this.#errors.push(...errors);
      if (sections.length === 0 && errors.length === 0)
        this.#errors.push(new AttituneError('ini-malformed', 'There is no [section] in it.', { place }));
      for (const section of sections) {
        const kind = this.#kind(section);
        if (kind === 'property') this.#collect(properties, () => this.#property(section));
        else if (kind === 'trigger') this.#collect(triggers, () => this.#trigger(section));
      }
    }
    const inOrder = (a: AttituneError, b: AttituneError) =>
      (a.place?.line ?? 0) - (b.place?.line ?? 0) || (a.place?.column ?? 0) - (b.place?.column ?? 0);
    return { properties, triggers, errors: this.#errors.sort(inOrder) };
  }

  #collect<T>(into: T[], read: () => T | undefined): void {
    const made = read();
    if (made !== undefined) into.push(made);
  }

  #kind({ name, place, entries }: IniSection): Kind | undefined {
    if (!NAME.test(name) || RESERVED.has(name)) {
      const why = RESERVED.has(name) ? 'is kept for something else' : 'is no name';
      const message = `[${name}] ${why}: use letters, digits and _, since expressions refer to it.`;
      this.#errors.push(new AttituneError('value', message, { place }));
    }
    const kinds = (Object.keys(KINDS) as Kind[]).filter((kind) => KINDS[kind].required.some((key) => entries.has(key)));
    const [kind] = kinds;
    if (kind === undefined || kinds.length > 1) {
      const message =
        kind === undefined
          ? `[${name}] is neither a property, which has a command, nor a trigger, which has expr and cmd.`
          : `[${name}] is a property (command) or a trigger (expr, cmd), and not both.`;
      this.#errors.push(new AttituneError('ini-key', message, { place }));
      return undefined;
    }
    const { required, optional } = KINDS[kind];
    const known: readonly string[] = [...required, ...optional];
    for (const entry of entries.values()) {
      if (known.includes(entry.key)) continue;
      const message = `A ${kind} has no key ${JSON.stringify(entry.key)}.${suggest(entry.key, known)}`;
      this.#errors.push(new AttituneError('ini-key', message, { place: entry.place }));
    }
    for (const key of required) {
      if (!entries.has(key))
        this.#errors.push(new AttituneError('ini-key', `[${name}] lacks the key ${key}.`, { place }));
    }
    return kind;
  }

  #property({ name, place, entries }: IniSection): PropertyDefinition | undefined {
    const command = entries.get('command')?.value ?? '';
    const parameters = entries.get('parameters');
    const everyMs = this.#ticks(entries.get('ticks'), DEFAULT_TICKS.property);
    const returnType = this.#returnType(entries.get('return_type'), command);
    const read = this.#try(() =>
      propertyReader(command, parameters?.value ?? '', {
        command: entries.get('command')?.valuePlace ?? place,
        parameters: parameters?.valuePlace ?? place,
      }),
    );
    if (!read || everyMs === undefined || returnType === undefined) return undefined;
    return { name, command, parameters: parameters?.value ?? '', returnType, everyMs, read };
  }

  #trigger({ name, entries }: IniSection): TriggerDefinition | undefined {
    const everyMs = this.#ticks(entries.get('ticks'), DEFAULT_TICKS.trigger);
    const onUpdate = this.#oneOf(entries.get('on_update_check'), ['no', 'yes'] as const);
    const expr = entries.get('expr');
    const cmd = entries.get('cmd');
    const when = expr && this.#try(() => condition(expr.value, expr.valuePlace));
    const command = cmd && this.#try(() => commandExpression(cmd.value, cmd.valuePlace));
    if (!when || !command || everyMs === undefined || onUpdate === undefined) return undefined;
    return { name, when, command, everyMs, onUpdate: onUpdate === 'yes' };
  }

  /** Seconds; parts of one are allowed. */
  #ticks(entry: IniEntry | undefined, byDefault: number): number | undefined {
    if (!entry) return byDefault * 1000;
    const seconds = /^\d+(\.\d+)?$/.test(entry.value) ? Number(entry.value) : NaN;
    if (seconds > 0 && seconds <= MOST_TICKS) return seconds * 1000;
    this.#wrong(entry.valuePlace, `ticks are seconds between two readings, from above 0 to ${MOST_TICKS}.`);
    return undefined;
  }

  #returnType(entry: IniEntry | undefined, command: string): ReturnType | undefined {
    const types = Object.hasOwn(PROPERTY_COMMANDS, command) ? PROPERTY_COMMANDS[command]?.types : undefined;
    const type = this.#oneOf(entry, types ? withFirst(types[0], RETURN_TYPES) : RETURN_TYPES);
    if (!entry || type === undefined || !types || types.includes(type)) return type;
    this.#wrong(entry.valuePlace, `What ${command} reads cannot be given as ${type}, but as ${types.join(', ')}.`);
    return undefined;
  }

  /** The first where there is no entry. */
  #oneOf<T extends string>(entry: IniEntry | undefined, values: readonly T[]): T | undefined {
    if (!entry) return values[0];
    const found = values.find((value) => value === entry.value);
    if (found === undefined) this.#wrong(entry.valuePlace, `${entry.key} is one of ${values.join(', ')}.`);
    return found;
  }

  #wrong(place: SourcePlace, message: string): void {
    this.#errors.push(new AttituneError('value', message, { place }));
  }

  #try<T>(make: () => T): T | undefined {
    try {
      return make();
    } catch (error) {
      this.#errors.push(AttituneError.from(error));
      return undefined;
    }
  }
}

function withFirst<T>(first: T, all: readonly T[]): readonly T[] {
  return [first, ...all.filter((one) => one !== first)];
}
