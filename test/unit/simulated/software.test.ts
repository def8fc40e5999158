import { expect } from 'chai';
import { AttituneError } from '../../../core/model/errors.js';
import { TestWorld } from './world.js';

const phases = [{ name: 'steady', durationMs: 2_000, requestsPerSecond: 40 }];

describe('simulated software', () => {
  let world: TestWorld;
  beforeEach(() => {
    world = new TestWorld();
  });
  const workers = async () =>
    [...new Set((await world.load({ phases })).map(({ worker, failure }) => worker ?? failure))].sort();
  const get = (url: string) => world.settle(world.infrastructure.http.get(url, { timeoutMs: 2000 }));

  it('sends requests to a new member only after a reload', async () => {
    const [one, two] = [await world.tomcat('Machine_1'), await world.tomcat('Machine_2')];
    await world.writeApache({ Tomcat_1: one });
    await world.apache('start');
    expect(await workers()).to.deep.equal(['Tomcat_1']);
    await world.writeApache({ Tomcat_1: one, Tomcat_2: two });
    expect(await workers()).to.deep.equal(['Tomcat_1']);
    expect((await world.apache('graceful')).exitCode).to.equal(0);
    expect(await workers()).to.deep.equal(['Tomcat_1', 'Tomcat_2']);
  });

  it('drops no request by a graceful reload, and none by a graceful stop', async () => {
    const one = await world.tomcat('Machine_1');
    await world.writeApache({ Tomcat_1: one });
    await world.apache('start');
    const url = `http://${world.infrastructure.host('host1').address}/`;
    const run = world.infrastructure.load.start({
      url,
      phases: [{ name: 'rush', durationMs: 3000, requestsPerSecond: 200 }],
      timeoutMs: 10_000,
    });
    await world.clock.advance(1500);
    await world.apache('graceful');
    await world.settle(run.done);
    expect(run.samples.filter(({ failure }) => failure !== undefined)).to.deep.equal([]);
    expect((await world.apache('graceful-stop')).exitCode).to.equal(0);
    await world.clock.advance(1000);
    expect(await world.settle(world.infrastructure.host('host1').executor.get('/run/apache.pid'))).to.equal(undefined);
  });

  it('says what is wrong with a configuration, and keeps serving by the old one', async () => {
    await world.writeApache({});
    await world.apache('start');
    const { executor } = world.infrastructure.host('host1');
    await world.settle(
      executor.put('/srv/apache.conf', 'Listen 80\nPidFile /run/apache.pid\n<Proxy "balancer://workers">\n'),
    );
    const result = await world.apache('graceful');
    expect(result.exitCode).to.equal(1);
    expect(result.stderr).to.match(/was not closed/);
    expect(await workers()).to.deep.equal(['HTTP 503']);
  });

  it('refuses a port on which another program listens', async () => {
    await world.writeApache({});
    await world.apache('start');
    const { executor } = world.infrastructure.host('host1');
    await world.settle(executor.put('/srv/other.conf', 'Listen 80\nPidFile /run/other.pid\n'));
    const second = await world.settle(executor.run({ argv: ['apache2', '-f', '/srv/other.conf', '-k', 'start'] }));
    expect(second.exitCode).to.equal(1);
    expect(second.stderr).to.match(/Address already in use/);
  });

  it('passes over a member that went away, and takes it back', async () => {
    const [one, two] = [await world.tomcat('Machine_1'), await world.tomcat('Machine_2')];
    await world.writeApache({ Tomcat_1: one, Tomcat_2: two });
    await world.apache('start');
    world.infrastructure.faults.domainDies('Machine_2');
    const samples = await world.load({ phases });
    expect(samples.filter(({ failure }) => failure !== undefined)).to.deep.equal([]);
    expect([...new Set(samples.map(({ worker }) => worker))]).to.deep.equal(['Tomcat_1']);
  });

  it('lets Tomcat listen only when it has started, and no more when it is stopped', async () => {
    const address = await world.boot('Machine_1');
    const guest = world.guest('Machine_1');
    const url = `http://${address}:8081/`;
    const unanswered = async () =>
      AttituneError.is(await get(url).catch((error: unknown) => error), 'host-unreachable');
    const env = { CATALINA_BASE: '/srv/tomcat' };
    const start = () =>
      world.settle(guest.start({ argv: ['/usr/share/tomcat10/bin/catalina.sh', 'run'], env, logFile: '/srv/log' }));
    const early = await start();
    expect(await world.settle(guest.isRunning(early.pid))).to.equal(false);
    expect(await world.settle(guest.get('/srv/log'))).to.match(/server\.xml/);

    await world.settle(
      guest.put('/srv/tomcat/conf/server.xml', '<!-- <Connector port="1"/> --><Connector port="8081"/>'),
    );
    const { pid } = await start();
    expect(await unanswered()).to.equal(true);
    await world.clock.advance(12_000);
    expect((await get(url)).status).to.equal(200);
    expect(await world.settle(guest.signal(pid, 'SIGTERM'))).to.equal(true);
    await world.clock.advance(1000);
    expect(await world.settle(guest.isRunning(pid))).to.equal(false);
    expect(await unanswered()).to.equal(true);
  });

  it('answers the pages of a web application, where there is one', async () => {
    const address = await world.tomcat('Machine_1');
    await world.settle(world.guest('Machine_1').put('/opt/tomcat/webapps/ROOT/health', 'ok\n'));
    expect(await get(`http://${address}:8080/health`)).to.include({ status: 200, body: 'ok\n' });
    expect((await get(`http://${address}:8080/other`)).status).to.equal(404);
  });

  it('lets an unknown program end well when it is run, and go on when it is started', async () => {
    const { executor } = world.infrastructure.host('host1');
    expect((await world.settle(executor.run({ argv: ['/opt/legacy/tool', '--init'] }))).exitCode).to.equal(0);
    const { pid } = await world.settle(executor.start({ argv: ['/opt/legacy/server'] }));
    await world.clock.advance(60_000);
    expect(await world.settle(executor.isRunning(pid))).to.equal(true);
    expect(await world.settle(executor.get(`/proc/${pid}/stat`))).to.match(/^\d+ \(server\) S 1 /);
    await world.settle(executor.signal(pid, 'SIGTERM'));
    expect(await world.settle(executor.isRunning(pid))).to.equal(false);
  });

  it('takes a program of one’s own as a plug-in', async () => {
    const own = new TestWorld({
      software: [
        {
          name: 'greeter',
          matches: ([program]) => program === '/opt/greeter',
          execute: ({ machine, process }) => {
            machine.listen(9000, process, { cpuMs: 1, answer: (path) => ({ status: 200, body: `hello ${path}` }) });
          },
        },
      ],
    });
    const { executor, address } = own.infrastructure.host('host1');
    await own.settle(executor.start({ argv: ['/opt/greeter'] }));
    const answer = await own.settle(own.infrastructure.http.get(`http://${address}:9000/you`, { timeoutMs: 1000 }));
    expect(answer).to.include({ status: 200, body: 'hello /you' });
    expect(answer.elapsedMs).to.be.greaterThan(0);
  });
});
