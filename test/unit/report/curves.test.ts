import { expect } from 'chai';
import { drawCurves, type CurveData } from '../../../core/app/report/curves.js';
import { parseXml, type XmlElement } from '../../../core/xml/index.js';
import { migration, PHASES, request, START } from './fixture.js';

function data(more: Partial<CurveData> = {}): CurveData {
  return {
    title: 'web on simulated hosts',
    startedAt: START,
    phases: PHASES,
    requests: [request(1, 10), request(2, 0), request(12, 400), request(13, 2000, { failure: 'timeout' })],
    cpuLimits: [0.8],
    cpu: {
      host1: [
        { at: START, value: 0.2 },
        { at: START + 12_000, value: 1.1 },
      ],
      host2: [{ at: START, value: 0.1 }],
    },
    migrations: [migration(14)],
    ...more,
  };
}

/** Every text of the picture; throws where it is not well-formed. */
function texts(svg: string): string[] {
  const within = (element: XmlElement): string[] =>
    element.children.flatMap((node) => (node.kind === 'text' ? [node.text.trim()] : within(node)));
  return within(parseXml(svg, 'curves.svg')).filter((text) => text !== '');
}

describe('the curves of a run', () => {
  it('are one well-formed SVG without scripts or anything from elsewhere', () => {
    const svg = drawCurves(data());
    parseXml(svg, 'curves.svg');
    expect(svg).to.match(/^<svg [^>]*xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
    expect(svg).not.to.match(/<script|href="http|url\(http|<image|NaN|undefined|Infinity/);
  });

  it('name the title, phases, hosts, migrations and axes', () => {
    expect(texts(drawCurves(data()))).to.include.members([
      'web on simulated hosts',
      'calm',
      'rush',
      'p50',
      'p95',
      'failed request',
      'host1',
      'host2',
      'Machine_1: host1 → host2',
      '80 %',
      'requests per second',
      'response time, ms',
      'CPU of hosts, %',
      'seconds since the start',
    ]);
  });

  it('escape hostile names and drop characters that XML does not allow', () => {
    const hostile = '<script>alert("1")</script>&\u0000\u001b';
    const svg = drawCurves(
      data({
        title: hostile,
        phases: [{ name: hostile, from: START, to: START + 10_000 }],
        cpu: {
          [hostile]: [
            { at: START, value: 0.5 },
            { at: START + 1000, value: 0.5 },
          ],
        },
        migrations: [migration(3, { vm: '"><b>', from: "a'&b", to: '${c}' })],
      }),
    );
    parseXml(svg, 'curves.svg');
    expect(svg).not.to.include('<script').and.not.to.include('<b>');
    expect(svg).not.to.match(/[\u0000\u001b]/);
  });

  it('say so where there is nothing to draw', () => {
    const svg = drawCurves({ startedAt: START, phases: PHASES, requests: [], cpu: { host1: [] }, migrations: [] });
    parseXml(svg, 'curves.svg');
    expect(texts(svg).join(' ')).to.include('No data');
  });

  it('draw a run that has only readings, or only requests', () => {
    for (const part of [
      { requests: [], migrations: [] },
      { cpu: {}, migrations: [], phases: [] },
    ]) {
      const svg = drawCurves(data(part));
      parseXml(svg, 'curves.svg');
      expect(svg).not.to.match(/NaN|undefined/);
    }
  });

  it('are of the hosts alone where there was no load', () => {
    const svg = drawCurves(data({ phases: [], requests: [] }));
    expect(texts(svg)).to.include('CPU of hosts, %').and.not.include('requests per second');
    expect(svg).to.match(/^<svg width="960" height="328"/);
    expect(texts(svg).some((text) => text.includes('→'))).to.equal(true);
  });
});
