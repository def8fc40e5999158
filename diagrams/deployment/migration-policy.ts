import {
  MIGRATION_LIMITS,
  MIGRATION_SETTINGS,
  parseMigrationLimit,
  type MigrationPolicy,
} from '../../core/model/migration-settings.js';
import { childrenOf, type XmlElement } from '../../core/xml/index.js';
import type { Collector } from '../collect.js';

/** The `<migration>` of a deployment and of what it includes: one at most. What is wrong goes to the collector. */
export function migrationPolicy(root: XmlElement, collector: Collector): MigrationPolicy | undefined {
  const [element, ...others] = childrenOf(root, 'migration');
  if (!element) return undefined;
  for (const { place } of others) {
    const { file, line } = element.place;
    collector.add('duplicate-name', `migrations are set in ${file}:${line} already. Take one of the two out.`, place);
  }
  const parsers = [
    ...Object.keys(MIGRATION_LIMITS).map((name) => [name, name, parseMigrationLimit] as const),
    ...Object.entries(MIGRATION_SETTINGS).map(([name, { key, parse }]) => [name, key, parse] as const),
  ];
  const entries = parsers.map(
    ([name, key, parse]) =>
      [key, collector.parsed<number | boolean | undefined>(element, name, parse, undefined)] as const,
  );
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}
