import { expect } from 'chai';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { asset } from '../../core/assets/package-root.js';
import { DiagramEngines } from '../../core/app/diagram-engines.js';
import { pluginsFor } from '../../core/app/composition.js';
import { loadDeployment } from '../../core/app/load-files.js';
import { systemFacts } from '../../core/app/authoring/system-facts.js';
import { SimulatedClock } from '../../core/model/clock.js';
import { AttituneError } from '../../core/model/errors.js';
import { writeTypes } from '../../diagrams/machine/index.js';
import { webWorld } from '../support/web-world.js';
import { record } from '../unit/machine/harness.js';

/** Everything that can come of the two operations of the example. */
const MOVE = { answer: 'move', why: 'host1 is hot', moves: [{ vm: 'Machine_2', from: 'host1', to: 'host2' }] };
const STORIES: Readonly<Record<string, readonly (object | AttituneError)[]>> = {
  'a machine moves': [MOVE, { downtimeMs: 100 }],
  'nothing to move': [{ answer: 'nothing-to-do', why: 'it is calm', moves: [] }],
  'no host has room': [{ answer: 'infeasible', why: 'no room', moves: [] }],
  'the plan fails': [new AttituneError('unknown-host', 'no such host')],
  'the migration fails': [MOVE, new AttituneError('migration-failed', 'the link broke')],
};

describe('a diagram in both forms', () => {
  const engines = new DiagramEngines();
  const [scxml, typescript] = ['relieve.scxml', 'relieve.diagram.ts'].map((name) => {
    const { diagram, errors } = engines.read(asset(`examples/apache-tomcat/${name}`));
    if (!diagram) throw new AggregateError(errors);
    return diagram;
  });

  for (const [story, outcomes] of Object.entries(STORIES)) {
    it(`does the same when ${story}`, async () => {
      const runs = await Promise.all(
        [scxml, typescript].map(async (diagram) => {
          const left = [...outcomes];
          const clock = new SimulatedClock();
          const run = await record(engines, diagram as never, {
            clock,
            answer: () => {
              const outcome = left.shift();
              return outcome instanceof AttituneError ? Promise.reject(outcome) : Promise.resolve(outcome);
            },
          });
          const { status, finalState, error } = run.result() ?? {};
          const calls = run.calls.map(({ invokeId, src, params }) => ({ invokeId, src, params }));
          return { calls, status, finalState, code: error?.code, steps: run.configurations };
        }),
      );
      expect(runs[1]).to.deep.equal(runs[0]);
      expect(runs[0]?.status).to.equal(outcomes.some((one) => one instanceof AttituneError) ? 'failed' : 'final');
    });
  }

  it('has the types that "attitune types" writes', () => {
    const { loaded } = loadDeployment(asset('examples/apache-tomcat/web.deployment.xml'), pluginsFor);
    if (!loaded) throw new Error('the example is wrong');
    const { wrappers } = pluginsFor(loaded.deployment.file);
    const facts = systemFacts(loaded.deployment, wrappers, [...loaded.diagrams.values()]);
    const words = (text: string) => text.replaceAll(/\s*\|\s*/g, ' | ').replaceAll(/:\s+\|?\s*/g, ': ');
    const written = readFileSync(asset('examples/apache-tomcat/web.types.ts'), 'utf8');
    expect(words(written)).to.equal(words(writeTypes(facts)));
  });

  it('administers a system like the other form', async function () {
    this.timeout(60_000);
    const folder = mkdtempSync(path.join(tmpdir(), 'attitune-'));
    try {
      cpSync(asset('examples/apache-tomcat'), folder, { recursive: true });
      const deployment = path.join(folder, 'web.deployment.xml');
      writeFileSync(deployment, readFileSync(deployment, 'utf8').replace('relieve.scxml', 'relieve.diagram.ts'));
      const world = webWorld(1, {}, path.join(folder, 'apache-tomcat.scenario.xml'));
      const { report } = await world.run();
      expect(report.expectations.filter(({ passed }) => !passed)).to.deep.equal([]);
      expect(world.texts()).to.include('relieve: diagram relieve ends in relieved');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  describe('that is wrong', () => {
    let folder: string;
    beforeEach(() => {
      folder = mkdtempSync(path.join(tmpdir(), 'attitune-'));
    });
    afterEach(() => rmSync(folder, { recursive: true }));

    const errorsOf = (text: string) => {
      const file = path.join(folder, 'wrong.diagram.ts');
      writeFileSync(file, text);
      return engines
        .read(file)
        .errors.map(({ code, place }) => `${place?.file === file ? `${place.line}:${place.column} ` : ''}${code}`);
    };

    it('tells where it does not parse', () => {
      expect(errorsOf('export default 1;\nconst x = ;\n')).to.deep.equal(['2:11 expression']);
    });
    it('tells where it throws', () => {
      expect(errorsOf('\nthrow new Error("no");\nexport default 1;\n')).to.deep.equal(['2:7 expression']);
    });
    it('tells that it exports no machine', () => {
      expect(errorsOf('export default 1;\n')).to.deep.equal(['1:1 value']);
    });
    it('tells that it is not there', () => {
      expect(engines.read('nowhere.diagram.ts').errors.map(({ code }) => code)).to.deep.equal(['file-not-found']);
    });
  });
});
