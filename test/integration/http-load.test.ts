import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { expect } from 'chai';
import { AttituneError } from '../../core/model/errors.js';
import { HttpLoadGenerator } from '../../wrappers/http/http-load-generator.js';
import { UndiciHttpClient } from '../../wrappers/http/undici-http-client.js';

describe('HTTP over real sockets', function () {
  this.timeout(10_000);
  let server: Server;
  let sockets: Set<Socket>;
  let most: number;

  async function serve(listener: RequestListener): Promise<string> {
    sockets = new Set();
    most = 0;
    server = createServer(listener);
    server.on('connection', (socket) => {
      sockets.add(socket);
      most = Math.max(most, sockets.size);
      socket.once('close', () => sockets.delete(socket));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }
  async function close(): Promise<void> {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
  const load = (url: string, requestsPerSecond: number, durationMs: number, timeoutMs = 2000, connections = 64) =>
    new HttpLoadGenerator({ connections }).start({
      url,
      timeoutMs,
      phases: [{ name: 'only', durationMs, requestsPerSecond }],
    });

  describe('HttpLoadGenerator', () => {
    afterEach(close);

    it('sends at the rate of each phase, each request when it is due, and tells who answered', async () => {
      const url = await serve((_request, response) => response.setHeader('X-Worker', 'Tomcat_1').end('ok'));
      const run = new HttpLoadGenerator().start({
        url: `${url}/path?query=1`,
        timeoutMs: 2000,
        phases: [
          { name: 'calm', durationMs: 500, requestsPerSecond: 40 },
          { name: 'busy', durationMs: 500, requestsPerSecond: 200 },
        ],
      });
      expect(run.phase).to.equal('calm');
      await run.done;
      expect(run.phase).to.equal(undefined);
      const inPhase = (name: string) =>
        run.samples
          .filter(({ phase }) => phase === name)
          .map(({ at }) => at)
          .sort((a, b) => a - b);
      expect(inPhase('calm')).to.have.length(20);
      expect(inPhase('busy')).to.have.length(100);
      const gaps = inPhase('busy')
        .slice(1)
        .map((at, index) => at - (inPhase('busy')[index] as number));
      for (const gap of gaps) expect(gap).to.be.closeTo(5, 0.01);
      expect(run.samples.every(({ failure, worker }) => failure === undefined && worker === 'Tomcat_1')).to.equal(true);
    });

    it('counts the time of an answer from when its request was due', async () => {
      // one socket and a server that takes 50 ms: the twentieth request waits for the nineteen before it
      const url = await serve((_request, response) => setTimeout(() => response.end('ok'), 50));
      const run = load(url, 200, 100, 5000, 1);
      await run.done;
      expect(run.samples).to.have.length(20);
      expect(Math.max(...run.samples.map(({ elapsedMs }) => elapsedMs))).to.be.greaterThan(800);
      expect(most).to.equal(1);
    });

    it('tells failures with their reason', async () => {
      let count = 0;
      const url = await serve((request, response) => {
        count += 1;
        if (count === 1) response.writeHead(503).end();
        else if (count === 2)
          return; // never answers
        else if (count === 3)
          response.writeHead(200, { 'content-length': 10 }).write('half', () => request.socket.destroy());
        else response.end('ok');
      });
      const run = load(url, 20, 250, 300);
      await run.done;
      const failures = run.samples.flatMap(({ failure }) => failure ?? []);
      expect(failures).to.have.length(3);
      expect(failures.join('\n'))
        .to.match(/HTTP 503/)
        .and.match(/time-out after 300 ms/)
        .and.match(/closed|terminated|reset/i);
    });

    it('counts refused connections as failures', async () => {
      const url = await serve((_request, response) => response.end());
      await close();
      const run = load(url, 20, 200);
      await run.done;
      expect(run.samples.map(({ failure }) => failure)).to.deep.equal([
        'ECONNREFUSED',
        'ECONNREFUSED',
        'ECONNREFUSED',
        'ECONNREFUSED',
      ]);
      await serve((_request, response) => response.end());
    });

    it('sends a request again when the server closes a kept connection before it answers', async () => {
      const used = new Map<Socket, number>();
      const url = await serve((request, response) => {
        used.set(request.socket, (used.get(request.socket) ?? 0) + 1);
        if (used.get(request.socket) === 2) request.socket.destroy();
        else response.end('ok');
      });
      const run = load(url, 50, 400);
      await run.done;
      expect(run.samples.flatMap(({ failure }) => failure ?? [])).to.deep.equal([]);
      expect(run.samples).to.have.length(20);
      expect([...used.values()]).to.include(2);
    });

    it('ends at once when it is stopped', async () => {
      const url = await serve(() => undefined);
      const run = load(url, 50, 60_000, 60_000);
      await new Promise((resolve) => setTimeout(resolve, 300));
      const before = Date.now();
      run.stop();
      await run.done;
      expect(Date.now() - before).to.be.lessThan(200);
      expect(run.phase).to.equal(undefined);
    });
  });

  describe('UndiciHttpClient', () => {
    const client = new UndiciHttpClient();
    after(() => client.close());
    afterEach(close);

    it('gets a status and a body', async () => {
      const url = await serve((_request, response) => response.writeHead(404).end('nothing here'));
      expect(await client.get(url, { timeoutMs: 1000 })).to.include({ status: 404, body: 'nothing here' });
    });

    it('rejects where nothing answers in time, and when it is cancelled', async () => {
      const url = await serve(() => undefined);
      const code = (promise: Promise<unknown>) =>
        promise.catch((error: unknown) => (AttituneError.is(error) ? error.code : error));
      expect(await code(client.get(url, { timeoutMs: 100 }))).to.equal('host-unreachable');
      const controller = new AbortController();
      setTimeout(() => controller.abort(), 50);
      expect(await code(client.get(url, { timeoutMs: 5000, signal: controller.signal }))).to.equal('cancelled');
    });
  });
});
