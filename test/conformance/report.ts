import Table from 'cli-table3';
import { DEVIATIONS } from './deviations.js';
import type { Conformance, Section } from './conformance.js';

/** What a person reads: counts, failures with their reasons, and the deviations with the clause that explains each. */
export function reportText(result: Conformance): string {
  const sections = [result.mandatory, result.optional, result.sockets, result.framework];
  const counts = new Table({ head: ['tests', 'passed', 'of', 'failed'], style: { head: [], border: [] } });
  for (const section of sections) {
    const { length } = section.outcomes;
    counts.push([
      section.title,
      passed(section),
      length,
      failures(section)
        .map(({ name }) => name)
        .join(' '),
    ]);
  }
  const explained = DEVIATIONS.map(({ name, clause, why }) => `  ${name}: SCXML ${clause}: ${why}.`);
  const reasons = [result.mandatory, result.optional, result.sockets]
    .flatMap(failures)
    .map(({ name, reason }) => `  ${name}: ${reason ?? ''}`);
  return [
    counts.toString(),
    `Deviations from the framework's scripts, with the clause that explains each:\n${explained.join('\n')}`,
    ...(reasons.length > 0 ? [`Failures:\n${reasons.join('\n')}`] : []),
    ...(result.unexplained.length > 0 ? [`Not explained: ${result.unexplained.join(', ')}`] : []),
  ].join('\n');
}

/** The same as data. */
export function reportJson(result: Conformance): unknown {
  const section = (given: Section) => ({
    ...{ passed: passed(given), of: given.outcomes.length },
    failed: failures(given),
  });
  return {
    mandatory: section(result.mandatory),
    optional: section(result.optional),
    sockets: section(result.sockets),
    framework: { ...section(result.framework), deviations: DEVIATIONS },
    unexplained: result.unexplained,
  };
}

function passed({ outcomes }: Section): number {
  return outcomes.filter((outcome) => outcome.passed).length;
}

function failures({ outcomes }: Section) {
  return outcomes.filter((outcome) => !outcome.passed).map(({ name, reason }) => ({ name, reason }));
}
