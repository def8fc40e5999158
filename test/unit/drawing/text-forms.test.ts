import { readFileSync } from 'node:fs';
import { instance } from '@viz-js/viz';
import { expect } from 'chai';
import { asset } from '../../../core/assets/package-root.js';
import { drawDiagram } from '../../../diagrams/drawing/index.js';
import { readDiagram, scxml } from '../statechart/harness.js';

const CHARTS = ['nested', 'parallel', 'long'].map((name) => ({
  name,
  text: readFileSync(asset(`test/fixtures/drawing/${name}.scxml`), 'utf8'),
}));

const HOSTILE = scxml(
  `<state id="end"><onentry><log label='%% direction TB "]; end note &lt;b> #quot; \\N {x}'/></onentry>
     <transition event="e" cond="'a:b;c' + &quot;d&quot; + '--'" target="state"/></state><final id="state"/>`,
);

describe('statecharts as source text', () => {
  for (const { name, text } of CHARTS) {
    it(`for Graphviz: ${name} can be drawn by it`, async () => {
      const dot = await drawDiagram(readDiagram(text), 'dot');
      const result = (await instance()).render(dot, { format: 'plain' });
      expect(result.errors.filter(({ level }) => level === 'error')).to.deep.equal([]);
      expect(result.status).to.equal('success');
    });

    it(`for Mermaid: every line of ${name} has a form of its grammar`, async () => {
      expectMermaid(await drawDiagram(readDiagram(text), 'mmd'));
    });
  }

  it('escapes whatever an author writes, for Graphviz', async () => {
    const dot = await drawDiagram(readDiagram(HOSTILE), 'dot');
    expect((await instance()).render(dot, { format: 'plain' }).status).to.equal('success');
    expect(dot).to.contain('log %% direction TB \\"]; end note <b> #quot;').and.contain('\\\\N {x}');
  });

  it('escapes whatever an author writes, for Mermaid', async () => {
    const mermaid = await drawDiagram(readDiagram(HOSTILE), 'mmd');
    expectMermaid(mermaid);
    expect(mermaid).to.contain("s_end --> s_state : e #91;'a#58;b#59;c' + #34;d#34; + '--'#93;");
    expect(mermaid).not.to.match(/direction TB|%%|end note ./);
  });

  it('nests states and separates regions for Mermaid, and says where lines over borders start and end', async () => {
    const nested = await drawDiagram(readDiagram(CHARTS[0]!.text), 'mmd');
    expect(nested.split('\n')).to.include.members([
      '    [*] --> idle',
      '    state work {',
      '        state inner {',
      '            [*] --> change',
      '    done --> [*]',
      '    work --> undo : error.execution<br/>(from change)',
      '    idle --> work : check<br/>(to verify)',
    ]);
    const parallel = await drawDiagram(readDiagram(CHARTS[1]!.text), 'mmd');
    expect(parallel.split('\n').filter((line) => line.trim() === '--')).to.have.lengthOf(4);
    expect(parallel).to.contain('state fork_t16 <<fork>>');
  });
});

/** Each line is a form of stateDiagram-v2, and blocks and notes end. */
function expectMermaid(text: string): void {
  const [head, ...lines] = text.trimEnd().split('\n');
  expect(head).to.equal('stateDiagram-v2');
  const name = '[A-Za-z][A-Za-z0-9_]*';
  const words = '[^:;"{}]|#\\d+;';
  const forms = [
    new RegExp(`^state "(?:${words})*" as ${name}$`),
    new RegExp(`^state ${name} \\{$`),
    new RegExp(`^state ${name} <<fork>>$`),
    new RegExp(`^(?:${name}|\\[\\*\\]) --> (?:${name}|\\[\\*\\])(?: : (?:${words})+)?$`),
    /^--$/,
    /^\}$/,
  ];
  let depth = 0;
  let inNote = false;
  for (const line of lines.map((one) => one.trim())) {
    if (inNote) {
      if (line === 'end note') inNote = false;
      else expect(line).to.match(new RegExp(`^(?:${words})+$`));
    } else if (new RegExp(`^note right of ${name}$`).test(line)) inNote = true;
    else
      expect(
        forms.some((form) => form.test(line)),
        line,
      ).to.equal(true);
    depth += line.endsWith(' {') ? 1 : line === '}' ? -1 : 0;
  }
  expect([depth, inNote]).to.deep.equal([0, false]);
}
