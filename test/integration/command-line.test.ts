import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { asset } from '../../core/assets/package-root.js';

const CLI = new URL('../../core/app/attitune.js', import.meta.url).pathname;
const DEPLOYMENT = asset('examples/apache-tomcat/web.deployment.xml');
const CHART = 'test/fixtures/charts/traffic-light.scxml';
const SCENARIO = asset('examples/apache-tomcat/apache-tomcat.scenario.xml');

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

describe('the command line', function () {
  this.timeout(30_000);
  let folder: string;
  const running = new Set<ChildProcess>();
  before(async () => (folder = await mkdtemp(join(tmpdir(), 'attitune-cli-'))));
  after(async () => {
    for (const child of running) child.kill('SIGKILL');
    await rm(folder, { recursive: true, force: true });
  });

  /** Starts the command; `ended` settles when it is over, `said` when it has said something on standard error. */
  function attitune(...args: string[]) {
    const child = spawn(process.execPath, [CLI, ...args], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
    running.add(child);
    let [out, err] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
    const ended: Promise<Ended> = once(child, 'close').then(([code]) => {
      running.delete(child);
      return { code: code as number | null, out, err };
    });
    const said = async (pattern: RegExp): Promise<RegExpExecArray> => {
      for (;;) {
        const found = pattern.exec(err);
        if (found) return found;
        if (child.exitCode !== null) throw new Error(`it ended before it said ${String(pattern)}:\n${err}`);
        await once(child.stderr, 'data');
      }
    };
    return { child, ended, said };
  }

  it('runs one diagram alone, which takes events by HTTP', async () => {
    const { child, ended, said } = attitune('chart', asset(CHART), '--http', '0', '--json');
    const [, url = ''] = await said(/POST events to (\S+),/);
    const sent = await fetch(url, { method: 'POST', body: new URLSearchParams({ _scxmleventname: 'power.failed' }) });
    expect(sent.status).to.equal(204);
    child.kill('SIGINT');
    const { code, out } = await ended;
    expect(code).to.equal(0);
    expect(JSON.parse(out)).to.deep.include({ status: 'running', configuration: ['dark'], data: { rounds: 0 } });
  });

  it('does not take events by HTTP in simulated time', async () => {
    const { code, err } = await attitune('chart', asset(CHART), '--http', '0', '--simulated-clock').ended;
    expect(code).to.equal(2);
    expect(err).to.include('leave --simulated-clock out');
  });

  it('prints the report as one JSON document, talks on standard error, and writes curves', async () => {
    const { code, out, err } = await attitune('scenario', SCENARIO, '--json').ended;
    expect(code).to.equal(0);
    const report = JSON.parse(out) as {
      passed: boolean;
      requests: object;
      migrations: object[];
      expectations: object[];
    };
    expect(report.passed).to.equal(true);
    expect(report.requests).to.include.keys('total', 'failed', 'p50Ms', 'p95Ms', 'maxMs');
    expect(report.migrations[0]).to.include.keys('vm', 'from', 'to', 'elapsedMs', 'downtimeMs', 'cause');
    expect(report.expectations).to.have.length(8);
    expect(err).to.match(/decision .*move Machine_[12] from host1 to host2, because/);
    expect(await readFile(join(folder, 'attitune-report/apache-tomcat-simulated.svg'), 'utf8')).to.match(/^<svg/);
  });

  it('serves the live page while it runs, and is taken down by Ctrl-C with exit code 1', async () => {
    const { child, ended, said } = attitune('scenario', SCENARIO, '--console', '--port', '0', '--speed', '5');
    const [, url = ''] = await said(/Live page: (\S+)/);
    await said(/Machine_1 +start done/);
    const state = (await (await fetch(new URL('state', url))).json()) as object;
    expect(JSON.stringify(state)).to.include('Machine_1');
    child.kill('SIGINT');
    const { code, err } = await ended;
    expect(code).to.equal(1);
    expect(err).to.match(/web is down/);
    expect(err).to.match(/error cancelled: Stopped by SIGINT/);
    await fetch(url).then(
      () => expect.fail('the page still answers'),
      () => undefined,
    );
  });

  it('runs a deployment until it is told to stop, which is no failure', async () => {
    const { child, ended, said } = attitune('run', DEPLOYMENT, '--simulate', '--speed', '20');
    await said(/Running\. Ctrl-C takes it down\./);
    child.kill('SIGTERM');
    const { code, out, err } = await ended;
    expect(err).to.match(/web is down/);
    expect(out.trim()).to.equal('down');
    expect(code).to.equal(0);
  });

  it('says who has the port, and starts nothing', async () => {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    try {
      const { port } = server.address() as { port: number };
      const { code, err } = await attitune('scenario', SCENARIO, '--console', '--port', String(port)).ended;
      expect(code).to.equal(1);
      expect(err).to.match(new RegExp(`error port-in-use: .*${port}`));
      expect(err).to.not.match(/deploying/);
    } finally {
      server.close();
    }
  });

  for (const [what, args, pattern] of [
    ['an unknown command', ['scenari', SCENARIO], /Did you mean scenario/],
    ['a missing argument', ['scenario'], /missing required argument 'file'/],
    ['a port that is none', ['run', DEPLOYMENT, '--port', '99999'], /A port is a number/],
    [
      'a file that is not there',
      ['scenario', 'nowhere.scenario.xml'],
      /nowhere\.scenario\.xml:1:1: error file-not-found/,
    ],
    [
      'a report that cannot be written',
      ['scenario', SCENARIO, '--report', join(DEPLOYMENT, 'report')],
      /error usage: The report cannot be written/,
    ],
    ['a wrong file', ['run', asset('test/fixtures/wrong/unknown-family.deployment.xml')], /4:53: error unknown-class/],
    ['a picture of another kind', ['draw', DEPLOYMENT, '-o', 'x.png'], /error usage: "x.png" .*\.svg .*\.dot .*\.mmd/],
    ['several pictures in one file', ['draw', DEPLOYMENT, DEPLOYMENT, '-o', 'x.svg'], /error usage: .*-o x\.svg\//],
    ['several pictures on standard output', ['draw', DEPLOYMENT, DEPLOYMENT, '-o', '-'], /error usage: .*a folder/],
    ['pictures of one name', ['draw', DEPLOYMENT, DEPLOYMENT, '-o', 'x/'], /error usage: .*web\.deployment\.svg/],
    [
      'a format that there is not',
      ['draw', DEPLOYMENT, '-o', '-', '--format', 'png'],
      /Allowed choices are svg, dot, mmd/,
    ],
  ] as const) {
    it(`ends with exit code 2 on ${what}`, async () => {
      const { code, out, err } = await attitune(...args).ended;
      expect(code).to.equal(2);
      expect(err).to.match(pattern);
      expect(out).to.equal('');
    });
  }

  it('has a page of help for each command', async function () {
    // a process for each of them
    this.timeout(180_000);
    const { code, out } = await attitune('--help').ended;
    expect(code).to.equal(0);
    for (const [, name = ''] of out.matchAll(/^ {2}([a-z]+) \[?/gm)) {
      const help = await attitune(name, '--help').ended;
      expect(help.code, name).to.equal(0);
      expect(help.out, name).to.match(/Usage: attitune/);
    }
  });
});
