import { expect } from 'chai';
import { parseXml } from '../../../core/xml/index.js';
import type { XmlElement } from '../../../core/xml/index.js';
import { drawDiagram } from '../../../diagrams/drawing/index.js';
import { readDiagram, scxml } from '../statechart/harness.js';

function groups(svg: string): XmlElement[] {
  const found: XmlElement[] = [];
  const walk = (element: XmlElement) => {
    if (element.local === 'g') found.push(element);
    for (const child of element.children) if (child.kind === 'element') walk(child);
  };
  walk(parseXml(svg, 'drawing.svg'));
  return found;
}

function having(svg: string, attribute: string): (string | undefined)[] {
  return groups(svg).flatMap(({ attributes }) => (attributes.has(attribute) ? [attributes.get(attribute)?.value] : []));
}

/** The rectangle of a group. */
function boxOf(group: XmlElement) {
  const rect = group.children.find((child): child is XmlElement => child.kind === 'element' && child.local === 'rect');
  const [x = 0, y = 0, width = 0, height = 0] = ['x', 'y', 'width', 'height'].map((name) =>
    Number(rect?.attributes.get(name)?.value),
  );
  return { left: x, right: x + width, top: y, bottom: y + height };
}

const BIG = scxml(
  `<state id="choose"><onentry><assign location="n" expr="1"/></onentry><transition cond="n &lt; 3" target="work"/><transition target="end"/></state>
   <state id="work" initial="h"><history id="h" type="deep"><transition target="grow"/></history>
     <state id="grow"><invoke id="new" type="attitune" src="Tomcat++"/><transition event="done.invoke.new" target="wait"/></state>
     <state id="wait"><transition event="tick"><log label="t"/></transition></state>
     <transition event="error" target="undo"/><transition event="again" target="work"/></state>
   <parallel id="both"><state id="left"><state id="l1"><transition event="x" target="l2"/></state><final id="l2"/></state>
     <state id="right"><state/></state><transition event="done.state.both" target="end"/></parallel>
   <state id="undo"><transition event="go" target="left right"/></state><final id="end"/>`,
);

describe('drawing of statecharts', () => {
  it('shows every state and every transition under its id', async () => {
    const diagram = readDiagram(BIG);
    const svg = await drawDiagram(diagram);
    const states = diagram.chart.states.filter(({ kind }) => kind !== 'scxml').map(({ id }) => id);
    expect(having(svg, 'data-state').sort()).to.deep.equal([...states].sort());
    expect(new Set(having(svg, 'data-transition'))).to.deep.equal(
      new Set(diagram.chart.transitions.map(({ id }) => id)),
    );
    const ids = having(svg, 'id');
    expect(new Set(ids).size).to.equal(ids.length);
  });

  it('says what states do and when transitions are taken', async () => {
    const svg = await drawDiagram(readDiagram(BIG));
    for (const text of ['do / Tomcat++', 'entry / n := 1', 'done.invoke.new', '[n &lt; 3]', '/ log t'])
      expect(svg).to.contain(text);
  });

  it('stands alone', async () => {
    const svg = await drawDiagram(readDiagram(BIG));
    expect(svg).to.match(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
    expect(svg.match(/https?:[^"]*/g)).to.deep.equal(['http://www.w3.org/2000/svg']);
    expect(svg).not.to.match(/href|<script|@import|url\(/);
  });

  it('is told to those who do not see it', async () => {
    const svg = await drawDiagram(readDiagram(BIG));
    expect(svg).to.match(/^<svg [^>]*role="img" aria-labelledby="title description"/);
    expect(svg).to.contain('<title id="title">test</title>');
    expect(svg).to.match(/<desc id="description">Statechart test: 12 states\. choose → work: \[n &lt; 3\];/);
  });

  it('lists transitions that stay in their state, and says so of those that leave and enter it again', async () => {
    const svg = await drawDiagram(readDiagram(BIG));
    expect(svg).to.contain('>tick / log t</text>');
    expect(svg).to.contain('>↺ again</text>');
    expect(svg).to.match(/<title>work → work: again \(leaves the state and enters it again\)<\/title>/);
  });

  it('tells an event by its delay where the state sends it to itself', async () => {
    const svg = await drawDiagram(
      readDiagram(
        scxml(
          `<state id="a"><onentry><send event="late" delay="30s"/></onentry><state id="b"><transition event="late" target="c"/><transition event="soon" target="c"/></state></state><final id="c"/>`,
        ),
      ),
    );
    expect(svg).to.contain('>after 30 s (late)</text>').and.contain('>soon</text>');
  });

  it('names source, target and event of every transition', async () => {
    const svg = await drawDiagram(readDiagram(BIG));
    expect(svg).to.contain('data-from="grow" data-to="wait" data-event="done.invoke.new"');
    expect(svg).to.contain('data-from="undo" data-to="left right" data-event="go"');
  });

  it('tells the whole of a long text in its tooltip', async () => {
    const long = Array.from({ length: 60 }, (_, index) => `word${index}`).join(' + ');
    const svg = await drawDiagram(
      readDiagram(scxml(`<state id="a"><transition event="e" cond="${long}" target="b"/></state><state id="b"/>`)),
    );
    expect(svg).to.contain(`<title>a → b: e [${long}]</title>`);
    expect(svg).to.match(/…<\/text>/);
  });

  it('lets no boxes overlap, unless one is inside the other', async () => {
    const diagram = readDiagram(BIG);
    const boxes = groups(await drawDiagram(diagram)).filter(({ attributes }) =>
      attributes.get('class')?.value.includes('box state'),
    );
    const inside = (id: string | undefined, other: string | undefined): boolean => {
      const [state, ancestor] = [diagram.chart.byId.get(id ?? ''), diagram.chart.byId.get(other ?? '')];
      return !!state && !!ancestor && state.order > ancestor.order && state.order <= ancestor.last;
    };
    for (const one of boxes) {
      for (const other of boxes) {
        const [a, b] = [one.attributes.get('data-state')?.value, other.attributes.get('data-state')?.value];
        if (a === b || a === 'h' || b === 'h' || inside(a, b) || inside(b, a)) continue;
        const [x, y] = [boxOf(one), boxOf(other)];
        const apart = x.right <= y.left || y.right <= x.left || x.bottom <= y.top || y.bottom <= x.top;
        expect(apart, `${a} and ${b}`).to.equal(true);
      }
    }
  });

  it('escapes whatever an author writes', async () => {
    const hostile = '&lt;/text>&lt;script>alert(1)&lt;/script>"\\N\\G&amp;]]&gt;';
    const id = hostile.replace(/ /g, '');
    const text = scxml(
      `<state id='${id}'><onentry><log label='${hostile}'/></onentry><transition event='${id}' cond='"&lt;b>" + "${'x'.repeat(5)}"' target='b'/></state><state id="b"/>`,
    );
    const diagram = readDiagram(text);
    const svg = await drawDiagram(diagram);
    expect(svg).not.to.contain('<script');
    expect(having(svg, 'data-state')).to.include(diagram.chart.states[1]?.id);
  });

  it('takes seconds, not minutes, for hundreds of states joined at random', async function () {
    this.timeout(30_000);
    const states = Array.from(
      { length: 300 },
      (_, index) =>
        `<state id="s${index}"><transition event="next" target="s${(index + 1) % 300}"/><transition event="x" target="s${(index * 7) % 300}"/></state>`,
    );
    const svg = await drawDiagram(readDiagram(scxml(states.join(''))));
    expect(having(svg, 'data-state')).to.have.lengthOf(300);
  });

  it('draws the smallest diagram', async () => {
    expect(having(await drawDiagram(readDiagram(scxml('<final/>'))), 'data-state')).to.deep.equal(['_s1']);
  });
});
