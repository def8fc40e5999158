import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { AttituneError } from '../../core/model/errors.js';
import { LoneChart, standardEngine } from './run-chart.js';
import type { Outcome } from './w3c.js';

/** What the framework's scripts say: events, and the atomic states that must be active after each. */
interface Script {
  readonly initialConfiguration: readonly string[];
  readonly events: readonly {
    /** Milliseconds before the event. */
    readonly after?: number;
    readonly event: { readonly name: string };
    readonly nextConfiguration: readonly string[];
  }[];
}

export interface FrameworkTest {
  /** `GROUP/NAME`. */
  readonly name: string;
  readonly group: string;
  readonly file: string;
}

/** The tests of the framework's own groups. */
export function frameworkTests(suite: string): FrameworkTest[] {
  const groups = readdirSync(suite)
    .filter((name) => name !== 'w3c-ecma')
    .sort();
  return groups.flatMap((group) =>
    readdirSync(path.join(suite, group))
      .filter((name) => name.endsWith('.scxml'))
      .sort()
      .map((name) => ({
        name: `${group}/${path.basename(name, '.scxml')}`,
        group,
        file: path.join(suite, group, name),
      })),
  );
}

/** Follows a script; the first configuration that is another one than expected is the reason. */
export async function runFrameworkTest({ name, file }: FrameworkTest): Promise<Outcome> {
  const script = JSON.parse(readFileSync(file.replace(/\.scxml$/, '.json'), 'utf8')) as Script;
  try {
    const chart = new LoneChart(file, standardEngine());
    await chart.settle();
    let reason = difference('at the start', script.initialConfiguration, chart);
    for (const { after = 0, event, nextConfiguration } of script.events) {
      if (reason !== undefined) break;
      await chart.clock.advance(after);
      chart.session.send({ name: event.name });
      await chart.settle();
      reason = difference(`after "${event.name}"`, nextConfiguration, chart);
    }
    chart.session.stop();
    return reason === undefined ? { name, passed: true } : { name, passed: false, reason };
  } catch (error) {
    return { name, passed: false, reason: AttituneError.from(error).message };
  }
}

function difference(when: string, expected: readonly string[], { session }: LoneChart): string | undefined {
  const active = session.atomicStates.join(' ');
  const wanted = [...expected].sort().join(' ');
  return active === wanted ? undefined : `${when}: ${active || 'nothing'} is active instead of ${wanted}`;
}
