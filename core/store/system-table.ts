import type Database from 'better-sqlite3';
import type { ComponentSnapshot, SystemSnapshot } from '../model/bus.js';
import type { StoredSystem } from '../model/store.js';
import { fromJson, toJson } from './json.js';

type BindingSnapshot = SystemSnapshot['bindings'][number];

interface Row {
  readonly component: ComponentSnapshot;
  /** Those that go out from it. */
  readonly bindings: readonly BindingSnapshot[];
}

/** The system representation in the database, a row for each component; only rows that differ are written. */
export class SystemTable {
  readonly #statements: ReturnType<typeof prepare>;
  /** What the rows hold, by name; `undefined` before it is known. */
  #rows: Map<string, string> | undefined;
  #head: string | undefined;

  constructor(database: Database.Database) {
    this.#statements = prepare(database);
  }

  put({ system: { components, bindings, ...snapshot }, ...head }: StoredSystem): void {
    const before = (this.#rows ??= this.#read());
    const next = new Map<string, string>();
    const outgoing = new Map<string, BindingSnapshot[]>();
    for (const binding of bindings) {
      const known = outgoing.get(binding.from);
      if (known) known.push(binding);
      else outgoing.set(binding.from, [binding]);
    }
    components.forEach((component, ordinal) => {
      const text = toJson({ component, bindings: outgoing.get(component.name) ?? [] } satisfies Row);
      const key = `${ordinal} ${text}`;
      next.set(component.name, key);
      if (before.get(component.name) !== key) this.#statements.putRow.run(component.name, ordinal, text);
    });
    for (const name of before.keys()) if (!next.has(name)) this.#statements.removeRow.run(name);
    this.#rows = next;
    const text = toJson({ ...head, system: snapshot });
    if (text !== this.#head) this.#statements.putHead.run(text);
    this.#head = text;
  }

  get(): StoredSystem | undefined {
    const head = this.#statements.head.get() as string | undefined;
    if (head === undefined) return undefined;
    const rows = (this.#statements.rows.all() as { content: string }[]).map(({ content }) => fromJson(content) as Row);
    const { system, ...rest } = fromJson(head) as StoredSystem;
    return {
      ...rest,
      system: {
        ...system,
        components: rows.map(({ component }) => component),
        bindings: rows.flatMap((row) => row.bindings),
      },
    };
  }

  remove(): void {
    this.#statements.removeRows.run();
    this.#statements.removeHead.run();
    this.forget();
  }

  /** What was written may have been rolled back. */
  forget(): void {
    this.#rows = undefined;
    this.#head = undefined;
  }

  #read(): Map<string, string> {
    const rows = this.#statements.rows.all() as { name: string; ordinal: number; content: string }[];
    return new Map(rows.map(({ name, ordinal, content }) => [name, `${ordinal} ${content}`]));
  }
}

function prepare(database: Database.Database) {
  return {
    putHead: database.prepare(
      'INSERT INTO system (only, head) VALUES (1, ?) ON CONFLICT (only) DO UPDATE SET head = excluded.head',
    ),
    head: database.prepare('SELECT head FROM system').pluck(),
    removeHead: database.prepare('DELETE FROM system'),
    putRow: database.prepare(
      'INSERT INTO component (name, ordinal, content) VALUES (?, ?, ?) ON CONFLICT (name) DO UPDATE SET ordinal = excluded.ordinal, content = excluded.content',
    ),
    rows: database.prepare('SELECT name, ordinal, content FROM component ORDER BY ordinal'),
    removeRow: database.prepare('DELETE FROM component WHERE name = ?'),
    removeRows: database.prepare('DELETE FROM component'),
  };
}
