import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { asset, packageRoot } from '../../core/assets/package-root.js';

const run = promisify(execFile);
const CLI = new URL('../../core/app/attitune.js', import.meta.url).pathname;
const PAGES = [
  'README.md',
  'examples/apache-tomcat/README.md',
  'examples/README.md',
  'examples/author-a-diagram/README.md',
  'examples/virtual-machines/README.md',
  'examples/peer-policies/README.md',
  'examples/custom-metric/README.md',
  'examples/hot-spot/README.md',
  'examples/balance/README.md',
  'examples/maintenance/README.md',
  'examples/energy/README.md',
  'examples/overbooking/README.md',
  'examples/distance/README.md',
  'examples/peer-policies/README.md',
  'diagrams/README.md',
  'diagrams/library/README.md',
  'diagrams/uml/README.md',
  'core/store/README.md',
  'core/bus/README.md',
  'core/agent/README.md',
  'core/peers/README.md',
  'probes/README.md',
  'CONTRIBUTING.md',
];

/** Commands that this test does not run: what runs them instead, or why nothing can. */
const ELSEWHERE: readonly (readonly [RegExp, string])[] = [
  [/^npm ci/, 'CI starts with it; the demo itself is run below as what it calls'],
  [/^npm (test|run (lint|format))/, 'CI runs it; this is part of it'],
  [/^npm run conformance/, 'test/integration/conformance.test.ts'],
  [/^sudo npx attitune (lab|vm|doctor) /, 'test/integration/virtual-machines.test.ts, doctor.test.ts'],
  [
    /^npx attitune (manager|agent|agents|status|emit) /,
    'test/integration/manager-agents.test.ts, agent.test.ts, emit.test.ts',
  ],
  [/^npx attitune (plan|snapshot) /, 'test/integration/plan.test.ts, snapshot.test.ts'],
  [
    /^npx attitune (why|hold|resume) /,
    'test/integration/decision-records.test.ts, administrators.test.ts, hold.test.ts',
  ],
  [/^npx attitune (agents|status)$/, 'test/integration/manager-agents.test.ts'],
  [/energy\.scenario\.xml --lab/, 'test/integration/lab-energy.test.ts'],
  [/--lab/, 'test/integration/lab-scenario.test.ts'],
  [/^npx attitune run /, 'it runs until Ctrl-C: test/integration/command-line.test.ts'],
  [/--console/, 'the same scenario runs without the page; test/integration/command-line.test.ts runs it with the page'],
];

async function commandsOf(page: string): Promise<string[]> {
  const text = await readFile(asset(page), 'utf8');
  // blocks of a language hold no commands, but their fences count
  return [...text.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)]
    .flatMap(([, language, block = '']) => (language === '' ? block.split('\n') : []))
    .map((line) => line.replace(/\s+#.*$/, '').trim())
    .filter((line) => /^(sudo )?(npx|npm)\b/.test(line));
}

describe('the commands of the pages', function () {
  this.timeout(60_000);
  let folder: string;
  before(async () => (folder = await mkdtemp(join(tmpdir(), 'attitune-readme-'))));
  after(() => rm(folder, { recursive: true, force: true }));

  for (const page of PAGES) {
    it(`of ${page} do what they say`, async () => {
      for (const command of await commandsOf(page)) {
        if (ELSEWHERE.some(([pattern]) => pattern.test(command))) continue;
        const match = /^npx attitune (.*)$/.exec(command);
        expect(match, `this test does not know how to run "${command}"`).to.not.equal(null);
        const words = (match?.[1] ?? '').split(/\s+/).map((word) => (/^examples\//.test(word) ? asset(word) : word));
        const args = words[0] === 'scenario' ? [...words, '--report', folder] : words;
        const { stdout } = await run(process.execPath, [CLI, ...args], { cwd: folder, maxBuffer: 1 << 24 });
        expect(stdout, command).to.not.equal('');
      }
    });
  }

  it('name scripts that there are', async () => {
    const { scripts } = JSON.parse(await readFile(join(packageRoot(), 'package.json'), 'utf8')) as {
      scripts: Record<string, string>;
    };
    for (const page of PAGES) {
      const text = await readFile(asset(page), 'utf8');
      for (const [, name = ''] of text.matchAll(/npm run ([a-z:]+)/g))
        expect(Object.keys(scripts), page).to.include(name);
    }
  });

  it('have pictures and links that lead somewhere', async () => {
    for (const page of PAGES) {
      const text = await readFile(asset(page), 'utf8');
      for (const [, target = ''] of text.matchAll(/\]\(([^)#]+)\)/g)) {
        if (/^https?:/.test(target)) continue;
        await readFile(join(packageRoot(), page, '..', target)).catch((error: unknown) => {
          if ((error as NodeJS.ErrnoException).code !== 'EISDIR')
            throw new Error(`${page} links to ${target}, which is not there`);
        });
      }
    }
  });
});
