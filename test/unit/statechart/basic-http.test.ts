import { connect } from 'node:net';
import { expect } from 'chai';
import { SimulatedClock } from '../../../core/model/clock.js';
import { AttituneError } from '../../../core/model/errors.js';
import { ScxmlEngine } from '../../../diagrams/statechart/index.js';
import type { BasicHttp, BasicHttpOptions, ChartSession } from '../../../diagrams/statechart/index.js';
import { readDiagram, scxml } from './harness.js';

const HTTP = 'http://www.w3.org/TR/scxml/#BasicHTTPEventProcessor';
const LISTENER = scxml(
  '<state id="a"><transition event="*"><log label="e" expr="[_event.name, _event.data, _event.origintype.slice(-23)]"/></transition></state>',
);

describe('statechart: Basic HTTP', () => {
  const engines: ScxmlEngine[] = [];
  const logs: string[] = [];

  async function open(options: BasicHttpOptions = {}): Promise<{ engine: ScxmlEngine; http: BasicHttp }> {
    const engine = new ScxmlEngine({ unhandledErrors: 'ignore' });
    engines.push(engine);
    return { engine, http: await engine.openHttp(options) };
  }

  function start(
    engine: ScxmlEngine,
    text: string,
    id = 's 1',
    data: Readonly<Record<string, unknown>> = {},
  ): ChartSession {
    return engine.start(readDiagram(text, engine), {
      ...{ id, data, clock: new SimulatedClock(), onStep: () => undefined },
      onLog: (label, value) => logs.push(`${label}=${JSON.stringify(value)}`),
      ...{ emit: () => undefined, assign: () => undefined, invoke: () => new Promise(() => undefined) },
    });
  }

  /** What the server answers to bytes that no HTTP client would send. */
  function raw(http: BasicHttp, text: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const socket = connect(Number(new URL(http.origin).port), '127.0.0.1', () => socket.write(text));
      let answer = '';
      socket.setTimeout(5000, () => socket.destroy(new Error('no answer')));
      socket.on('data', (chunk) => (answer += chunk.toString()));
      socket.on('close', () => resolve(answer));
      socket.on('error', reject);
    });
  }

  const form = (body: string) => ({
    method: 'POST',
    body,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  });

  beforeEach(() => logs.splice(0));
  afterEach(async () => {
    for (const engine of engines.splice(0)) await engine.closeHttp();
  });

  it('listens on the loopback interface only, at an address for each session', async () => {
    const { engine, http } = await open();
    expect(http.origin).to.match(/^http:\/\/127\.0\.0\.1:\d+$/);
    start(
      engine,
      scxml(
        `<state id="a"><onentry><log label="l" expr="[_ioprocessors.basichttp.location, _ioprocessors['${HTTP}'].location]"/></onentry></state>`,
      ),
    );
    const location = `${http.origin}/sessions/s%201`;
    expect(logs).to.deep.equal([`l=${JSON.stringify([location, location])}`]);
  });

  it('turns a form, JSON, XML, text and nothing into events', async () => {
    const { engine, http } = await open();
    start(engine, LISTENER);
    const url = http.locationOf('s 1');
    const answers = [
      await fetch(url, form('_scxmleventname=go.now&a=1&b=x+y')),
      await fetch(url, { method: 'POST', body: '{"n": [1]}' }),
      await fetch(url, { method: 'POST', body: 'some   text' }),
      await fetch(`${url}?_scxmleventname=named`, { method: 'POST', body: '<a/>' }),
      await fetch(url, { method: 'POST' }),
    ];
    expect(answers.map(({ status }) => status)).to.deep.equal([204, 204, 204, 204, 204]);
    const type = '"BasicHTTPEventProcessor"';
    expect(logs).to.deep.equal([
      `e=["go.now",{"a":"1","b":"x y"},${type}]`,
      `e=["HTTP.POST",{"n":[1]},${type}]`,
      `e=["HTTP.POST","some text",${type}]`,
      `e=["named","<a/>",${type}]`,
      `e=["HTTP.POST",null,${type}]`,
    ]);
  });

  it('sends to another engine, and tells error.communication where nobody answers or the answer is no', async () => {
    const receiver = await open();
    start(receiver.engine, LISTENER, 'other');
    const sender = await open();
    const text = scxml(`<state id="a"><onentry>
      <send event="hello" type="${HTTP}" targetexpr="to"><param name="n" expr="1"/></send>
      <send event="hi" type="${HTTP}" targetexpr="to"><content>{"m": 2}</content></send>
      <send id="lost" event="lost" type="${HTTP}" targetexpr="to + 'x'"/></onentry>
      <transition event="error.communication"><log label="error" expr="_event.sendid"/></transition></state>`);
    const session = start(sender.engine, text, 'me', { to: receiver.http.locationOf('other') });
    await sender.http.idle();
    session.stop();
    expect(logs.sort()).to.deep.equal([
      'e=["hello",{"n":"1"},"BasicHTTPEventProcessor"]',
      'e=["hi",{"m":2},"BasicHTTPEventProcessor"]',
      'error="lost"',
    ]);
  });

  it('answers a bad request with a 4xx, and goes on', async () => {
    const { engine, http } = await open({ mostBytes: 100, timeLimitMs: 300 });
    start(engine, LISTENER);
    const url = http.locationOf('s 1');
    const status = async (target: string, init: RequestInit) => (await fetch(target, init)).status;
    expect(await status(url, { method: 'GET' })).to.equal(405);
    expect(await status(`${http.origin}/sessions/none`, form('a=1'))).to.equal(404);
    expect(await status(`${http.origin}/sessions/%ff`, form('a=1'))).to.equal(404);
    expect(await status(`${http.origin}/../etc/passwd`, form('a=1'))).to.equal(404);
    expect(await status(url, form('x'.repeat(101)))).to.equal(413);
    expect(await status(url, form('_scxmleventname=a%20b'))).to.equal(400);
    expect(await status(url, { method: 'POST', body: Uint8Array.of(0xff, 0xfe) })).to.equal(400);
    expect(await status(url, { ...form('a=1'), headers: { origin: 'http://evil.example' } })).to.equal(403);
    expect(await raw(http, 'this is no HTTP\r\n\r\n')).to.match(/^HTTP\/1\.1 400/);
    const path = new URL(url).pathname;
    const head = `POST ${path} HTTP/1.1\r\nHost: x\r\n`;
    expect(await raw(http, `${head}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n`)).to.match(
      /^HTTP\/1\.1 400/,
    );
    expect(
      await raw(
        http,
        `${head}Transfer-Encoding: chunked\r\n\r\n${'50\r\n' + 'x'.repeat(80) + '\r\n'.repeat(1)}50\r\n${'x'.repeat(80)}\r\n0\r\n\r\n`,
      ),
    ).to.match(/^HTTP\/1\.1 413/);
    expect(await status(url, form('__proto__=1&constructor=2&_scxmleventname=last'))).to.equal(204);
    expect(logs).to.deep.equal(['e=["last",{"constructor":"2"},"BasicHTTPEventProcessor"]']);
    expect(({} as Record<string, unknown>)['1']).to.equal(undefined);
  });

  it('cuts a request that does not come to its end', async function () {
    this.timeout(60_000);
    const { engine, http } = await open({ timeLimitMs: 200 });
    start(engine, LISTENER);
    const { pathname } = new URL(http.locationOf('s 1'));
    const answer = await raw(http, `POST ${pathname} HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\nslow`);
    expect(answer).to.match(/^HTTP\/1\.1 408|^$/);
    expect(logs).to.deep.equal([]);
  });

  it('is off unless it is opened: _ioprocessors has no entry, and a message is error.execution', () => {
    const engine = new ScxmlEngine({ unhandledErrors: 'ignore' });
    start(
      engine,
      scxml(`<state id="a"><onentry><log label="io" expr="Object.keys(_ioprocessors)"/><send event="e" type="${HTTP}" target="http://127.0.0.1:9/x"/></onentry>
        <transition event="error.execution"><log label="error"/></transition></state>`),
    );
    expect(logs).to.deep.equal(['io=["scxml","http://www.w3.org/TR/scxml/#SCXMLEventProcessor"]', 'error=undefined']);
  });

  it('says when the port is taken', async () => {
    const { http } = await open();
    const engine = new ScxmlEngine();
    try {
      await engine.openHttp({ port: Number(new URL(http.origin).port) });
      throw new Error('it was opened twice');
    } catch (error) {
      expect(AttituneError.is(error, 'port-in-use')).to.equal(true);
    }
  });
});
