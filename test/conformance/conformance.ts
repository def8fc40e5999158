import path from 'node:path';
import { DEVIATIONS } from './deviations.js';
import { frameworkTests, runFrameworkTest } from './framework.js';
import { readManifest } from './manifest.js';
import type { W3cTest } from './manifest.js';
import { standardEngine } from './run-chart.js';
import { runW3cTest } from './w3c.js';
import type { Outcome } from './w3c.js';

/** Tests of one kind. */
export interface Section {
  readonly title: string;
  readonly outcomes: readonly Outcome[];
}

export interface Conformance {
  readonly mandatory: Section;
  readonly optional: Section;
  /** The optional tests of HTTP once more, with every message over a socket. */
  readonly sockets: Section;
  readonly framework: Section;
  /** Failures of the framework's groups that no clause explains, and explanations of what did not fail. */
  readonly unexplained: readonly string[];
}

/** Optional tests of the Basic HTTP Event I/O Processor (SCXML C.2). */
const HTTP_TESTS = new Set(['201', '509', '510', '518', '519', '520', '522', '531', '532', '534', '567', '577']);

/** 201 asks that an event that goes by HTTP be there before one that goes by the queue, which no network promises. */
const NEEDS_ORDER = new Set(['201']);

/** Runs everything. `onTest` is called before each test with how many are done and how many there are. */
export async function runConformance(
  suite: string,
  root: string,
  onTest: (done: number, all: number) => void = () => undefined,
): Promise<Conformance> {
  const tests = readManifest(suite, path.join(root, 'test', 'fixtures', 'conformance'));
  const overSockets = tests.filter(({ id }) => HTTP_TESTS.has(id) && !NEEDS_ORDER.has(id));
  const others = frameworkTests(suite);
  const all = tests.length + overSockets.length + others.length;
  let done = 0;
  const counted = () => onTest(done++, all);
  const w3c = await runW3c(tests, false, counted);
  const sockets = await runW3c(overSockets, true, counted);
  const framework: Outcome[] = [];
  for (const test of others) {
    counted();
    framework.push(await runFrameworkTest(test));
  }
  const level = (wanted: W3cTest['level']) => w3c.filter((_, index) => tests[index]?.level === wanted);
  return {
    mandatory: { title: 'W3C mandatory, automatic', outcomes: level('mandatory') },
    optional: { title: 'W3C optional, automatic', outcomes: level('optional') },
    sockets: { title: 'W3C Basic HTTP, over sockets', outcomes: sockets },
    framework: { title: 'framework, 30 groups', outcomes: framework },
    unexplained: unexplained(framework),
  };
}

async function runW3c(tests: readonly W3cTest[], alwaysBySocket: boolean, onTest: () => void): Promise<Outcome[]> {
  const engine = standardEngine();
  const http = await engine.openHttp({ alwaysBySocket });
  const outcomes: Outcome[] = [];
  try {
    for (const test of tests) {
      onTest();
      outcomes.push(await runW3cTest(test, engine, http));
    }
  } finally {
    await engine.closeHttp();
  }
  return outcomes;
}

function unexplained(outcomes: readonly Outcome[]): string[] {
  const explained = new Set(DEVIATIONS.map(({ name }) => name));
  return outcomes.filter(({ name, passed }) => passed === explained.has(name)).map(({ name }) => name);
}

/** True where all of W3C's pass and every deviation elsewhere is explained. */
export function conforms({ mandatory, optional, sockets, unexplained: rest }: Conformance): boolean {
  return (
    rest.length === 0 && [mandatory, optional, sockets].every(({ outcomes }) => outcomes.every(({ passed }) => passed))
  );
}
