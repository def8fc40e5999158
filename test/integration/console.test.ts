import { once } from 'node:events';
import { request } from 'node:http';
import { connect } from 'node:net';
import { expect } from 'chai';
import { WebSocket } from 'ws';
import { MemoryBus } from '../../core/bus/memory-bus.js';
import { ConsoleServer } from '../../core/console/console-server.js';
import type { ServerMessage } from '../../core/console/client-hub.js';
import type { Change, JournalLine, ViewState } from '../../core/console/view-state.js';
import { AttituneError } from '../../core/model/errors.js';
import { DIAGRAM_FILE, FakeFeed } from '../browser/support/fake-feed.js';

interface Answer {
  readonly status: number;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly body: string;
}

describe('the console server', () => {
  let bus: MemoryBus;
  let server: ConsoleServer;
  let url: string;
  let sockets: WebSocket[];
  let drawn: string[];

  beforeEach(async () => {
    bus = new MemoryBus();
    sockets = [];
    drawn = [];
    server = new ConsoleServer(bus, { port: 0, title: 'web <&>', gatherMs: 5, maxBufferedBytes: 100_000 }, (file) => {
      drawn.push(file);
      if (file.includes('broken')) return Promise.reject(new AttituneError('file-not-found', `${file} is gone`));
      return Promise.resolve('<svg xmlns="http://www.w3.org/2000/svg"/>');
    });
    ({ url } = await server.start());
  });
  afterEach(async () => {
    for (const socket of sockets) socket.terminate();
    await server.stop();
  });

  function ask(path: string, options: { method?: string; headers?: Record<string, string> } = {}): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const { hostname, port } = new URL(url);
      const outgoing = request({ hostname, port, path, agent: false, ...options }, (response) => {
        let body = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => (body += chunk));
        response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }));
      });
      outgoing.on('error', reject);
      outgoing.end();
    });
  }

  interface Client {
    readonly socket: WebSocket;
    next(): Promise<ServerMessage>;
    /** The next message, which must be the state. */
    state(): Promise<ServerMessage & { type: 'state' }>;
    /** The next message, which must be changes. */
    changes(): Promise<readonly Change[]>;
  }

  /** Connects, and gathers what comes. */
  function open(headers: Record<string, string> = {}): Client {
    const socket = new WebSocket(`${url.replace('http', 'ws')}live`, { headers });
    sockets.push(socket);
    const queue: ServerMessage[] = [];
    const waiting: ((message: ServerMessage) => void)[] = [];
    socket.on('message', (data: Buffer) => {
      const message = JSON.parse(data.toString()) as ServerMessage;
      const taker = waiting.shift();
      if (taker) taker(message);
      else queue.push(message);
    });
    const next = () => {
      const message = queue.shift();
      return message ? Promise.resolve(message) : new Promise<ServerMessage>((resolve) => waiting.push(resolve));
    };
    return {
      socket,
      next,
      state: async () => {
        const message = await next();
        if (message.type !== 'state') throw new Error(`expected the state, got ${message.type}`);
        return message;
      },
      changes: async () => {
        const message = await next();
        if (message.type !== 'changes') throw new Error(`expected changes, got ${message.type}`);
        return message.changes;
      },
    };
  }

  /** The HTTP status with which a WebSocket was refused. */
  async function refusal(headers: Record<string, string>): Promise<number> {
    const { socket } = open(headers);
    socket.on('error', () => {});
    const [, response] = (await once(socket, 'unexpected-response')) as [unknown, { statusCode: number }];
    return response.statusCode;
  }

  it('serves the page, its modules and the library, with strict headers', async () => {
    for (const [path, type] of [
      ['/', 'text/html'],
      ['/main.js', 'text/javascript'],
      ['/view-state.js', 'text/javascript'],
      ['/vendor/uplot/uPlot.esm.js', 'text/javascript'],
      ['/vendor/uplot/uPlot.min.css', 'text/css'],
      ['/base.css', 'text/css'],
      ['/icon.svg', 'image/svg+xml'],
    ] as const) {
      const { status, headers } = await ask(path);
      expect(status, path).to.equal(200);
      expect(headers['content-type'], path).to.include(type);
      expect(headers['content-security-policy'], path).to.include("default-src 'none'");
      expect(headers['x-content-type-options'], path).to.equal('nosniff');
    }
  });

  it('names nothing of other hosts and nothing inline in its page', async () => {
    const { body } = await ask('/');
    expect(body).not.to.match(/https?:\/\/|style=|<script>|onclick|<style/);
  });

  it('answers 404 outside its page, also to paths that climb', async () => {
    for (const path of [
      '/nothing',
      '/../console-server.ts',
      '/%2e%2e/console-server.ts',
      '/..%2fconsole-server.ts',
      '//etc/passwd',
    ]) {
      expect((await ask(path)).status, path).to.equal(404);
    }
  });

  it('tells the whole state as JSON', async () => {
    new FakeFeed(bus).run('migrating');
    const { status, body } = await ask('/state');
    const state = JSON.parse(body) as ViewState & { title: string };
    expect(status).to.equal(200);
    expect(state.title).to.equal('web <&>');
    expect(state.system?.components.map(({ name }) => name)).to.include.members(['host1', 'Machine_1', 'Tomcat_2']);
    expect(state.migrations[0]).to.include({ vm: 'Machine_1', from: 'host1', to: 'host2', status: 'running' });
    expect(Object.values(state.series).find(({ component }) => component === 'host1')?.values).to.have.length(89);
    expect((await ask('/healthz')).body).to.equal('ok\n');
  });

  it('sends a new client the state first, then what changes, in order', async () => {
    const feed = new FakeFeed(bus);
    feed.run('calm');
    const client = open();
    const first = await client.state();
    expect(first.title).to.equal('web <&>');
    expect(first.state).to.deep.equal(JSON.parse(JSON.stringify(server.state)));
    feed.second(61);
    const changes = await client.changes();
    expect(changes.filter(([topic]) => topic === 'requests')).to.have.length(1);
    expect(changes[0]?.[1]).to.include({ component: 'Machine_1', measure: 'cpu' });
  });

  it('tells a client that joins in between nothing twice and leaves nothing out', async () => {
    const early = open();
    await early.next();
    bus.publish('journal', { id: 1, at: 1, kind: 'load', subject: 'web', text: 'one' });
    const late = open();
    const { state } = await late.state();
    bus.publish('journal', { id: 2, at: 2, kind: 'load', subject: 'web', text: 'two' });
    const ids = (changes: readonly Change[]) => changes.map(([, message]) => (message as JournalLine).id);
    expect(state.journal.map(({ id }) => id)).to.deep.equal([1]);
    expect(ids(await late.changes())).to.deep.equal([2]);
    expect(ids([...(await early.changes()), ...(await early.changes())])).to.deep.equal([1, 2]);
  });

  it('refuses other names, other origins and other paths', async () => {
    const { host } = new URL(url);
    expect((await ask('/state', { headers: { host: 'evil.example' } })).status).to.equal(421);
    expect(await refusal({ host: 'evil.example' })).to.equal(421);
    expect(await refusal({ origin: 'http://evil.example' })).to.equal(403);
    const own = open({ origin: `http://${host}` });
    expect((await own.next()).type).to.equal('state');
  });

  it('is read-only: it takes no other method, and no message', async () => {
    for (const method of ['POST', 'PUT', 'DELETE']) expect((await ask('/state', { method })).status).to.equal(405);
    const client = open();
    await client.next();
    client.socket.send('{"do":"something"}');
    const [code] = (await once(client.socket, 'close')) as [number];
    expect(code).to.equal(1008);
  });

  it('draws only files that a session named', async () => {
    expect((await ask('/drawing?file=/etc/passwd')).status).to.equal(404);
    expect((await ask('/drawing')).status).to.equal(404);
    new FakeFeed(bus).run('migrating');
    const { status, headers } = await ask(`/drawing?file=${encodeURIComponent(DIAGRAM_FILE)}`);
    expect(status).to.equal(200);
    expect(headers['content-type']).to.include('image/svg+xml');
    expect(headers['content-security-policy']).to.include('sandbox');
    expect((await ask('/drawing?file=/etc/passwd')).status).to.equal(404);
    expect(drawn).to.deep.equal([DIAGRAM_FILE]);
  });

  it('says why a drawing failed', async () => {
    bus.publish('session', {
      id: 'b',
      diagram: 'broken',
      file: '/broken.scxml',
      configuration: [],
      status: 'running',
      at: 1,
    });
    const { status, body } = await ask('/drawing?file=/broken.scxml');
    expect(status).to.equal(500);
    expect(body).to.include('/broken.scxml is gone');
  });

  it('drops a client that does not read', async () => {
    const { hostname, port } = new URL(url);
    const lazy = connect(Number(port), hostname);
    lazy.on('error', () => {});
    await once(lazy, 'connect');
    const key = Buffer.from('0123456789abcdef').toString('base64');
    const head = [
      'GET /live HTTP/1.1',
      `Host: ${hostname}:${port}`,
      'Connection: Upgrade',
      'Upgrade: websocket',
      'Sec-WebSocket-Version: 13',
      `Sec-WebSocket-Key: ${key}`,
    ];
    lazy.write(`${head.join('\r\n')}\r\n\r\n`);
    await once(lazy, 'data');
    lazy.pause();
    const closed = once(lazy, 'close');
    const text = 'x'.repeat(200_000);
    // the kernel's buffers take several megabytes before anything waits in the server
    for (let id = 1; id <= 200 && server.clients > 0; id += 1) {
      bus.publish('journal', { id, at: id, kind: 'load', subject: 'web', text });
      await new Promise((resolve) => setTimeout(resolve, 8));
    }
    expect(server.clients).to.equal(0);
    lazy.resume();
    await closed;
  });

  it('says which port is taken and what to do', async () => {
    const port = Number(new URL(url).port);
    const second = new ConsoleServer(bus, { port, title: 'web' }, () => Promise.resolve(''));
    try {
      await second.start();
      expect.fail('should have rejected');
    } catch (error) {
      expect(AttituneError.is(error, 'port-in-use')).to.equal(true);
      expect((error as Error).message)
        .to.include(String(port))
        .and.include('another port');
    }
    await second.stop();
  });

  it('stops with clients connected, twice if need be, and lets go of port and bus', async () => {
    const client = open();
    await client.next();
    const closed = once(client.socket, 'close');
    await Promise.all([server.stop(), closed]);
    await server.stop();
    const before = server.state;
    bus.publish('journal', { id: 1, at: 1, kind: 'load', subject: 'web', text: 'later' });
    expect(server.state).to.equal(before);
    const again = new ConsoleServer(bus, { port: Number(new URL(url).port), title: 'web' }, () => Promise.resolve(''));
    await again.start();
    await again.stop();
  });
});
