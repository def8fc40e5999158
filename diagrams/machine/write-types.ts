/** A class or host family as `attitune types` knows it. */
export interface ClassFacts {
  readonly name: string;
  readonly kind: 'class' | 'hosts';
  readonly operations: readonly string[];
  readonly attributes: readonly string[];
  /** What a path may go on with, and the classes that this reaches. */
  readonly steps: ReadonlyMap<string, readonly string[]>;
}

export interface SystemFacts {
  readonly name: string;
  /** The deployment's file name, for the comment on top. */
  readonly source: string;
  readonly classes: readonly ClassFacts[];
  readonly events: readonly string[];
  readonly goals: readonly string[];
}

/** The source of a TypeScript interface of the shape of `SystemTypes`. */
export function writeTypes({ name, source, classes, events, goals }: SystemFacts): string {
  const lines = [
    `/** Written by \`attitune types ${source}\`; write it anew when the deployment changes. */`,
    `export interface ${interfaceName(name)} {`,
    '  readonly classes: {',
    ...classes.flatMap((facts) => [
      `    readonly ${key(facts.name)}: {`,
      `      readonly kind: '${facts.kind}';`,
      `      readonly operations: ${union(facts.operations)};`,
      `      readonly attributes: ${union(facts.attributes)};`,
      ...(facts.steps.size === 0
        ? ['      readonly steps: Record<never, never>;']
        : [
            '      readonly steps: {',
            ...[...facts.steps].map(([step, reached]) => `        readonly ${key(step)}: ${union(reached)};`),
            '      };',
          ]),
      '    };',
    ]),
    '  };',
    `  readonly events: ${union(events)};`,
    `  readonly goals: ${union(goals)};`,
    '}',
  ];
  return `${lines.join('\n')}\n`;
}

/** `web-shop` becomes `WebShop`. */
function interfaceName(name: string): string {
  return name
    .split(/[^A-Za-z0-9]+/)
    .map((part) => part.charAt(0).toUpperCase() + part.slice(1))
    .join('');
}

function key(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : quoted(name);
}

function union(names: readonly string[]): string {
  return names.length === 0 ? 'never' : [...new Set(names)].map(quoted).join(' | ');
}

function quoted(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`;
}
