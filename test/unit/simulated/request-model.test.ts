import { expect } from 'chai';
import { apacheSimulation } from '../../../wrappers/apache/apache.simulation.js';
import type { Distribution } from '../../../wrappers/simulated/index.js';
import { tomcatSimulation } from '../../../wrappers/tomcat/tomcat.simulation.js';
import { mean, quantile, TestWorld } from './world.js';

/** One host of one CPU whose Apache answers by itself: a single processor-sharing queue. */
async function singleQueue(distribution: Distribution, rate: number): Promise<number> {
  const cpuMs = 10;
  const world = new TestWorld({
    seed: 7,
    hosts: 1,
    hostCpus: 1,
    roundTripMs: 0,
    software: [apacheSimulation({ cpuMs, distribution })],
  });
  await world.infrastructure.deployed();
  await world.settle(
    world.infrastructure.host('host1').executor.put('/srv/apache.conf', 'Listen 80\nPidFile /run/apache.pid\n'),
  );
  await world.apache('start');
  const samples = await world.load({ phases: [{ name: 'steady', durationMs: 200_000, requestsPerSecond: rate }] });
  expect(samples.every((sample) => sample.failure === undefined)).to.equal(true);
  return mean(samples.map((sample) => sample.elapsedMs));
}

describe('the request model against queueing theory', function () {
  this.timeout(30_000);
  // M/G/1 with processor sharing: the mean response time is S / (1 - rho), whatever the distribution of S (Kleinrock)
  for (const distribution of ['exponential', 'erlang', 'constant'] as const) {
    for (const rho of [0.5, 0.8]) {
      it(`has the mean response time of processor sharing at load ${rho}, service times ${distribution}`, async () => {
        const expected = 10 / (1 - rho);
        expect(await singleQueue(distribution, 100 * rho)).to.be.within(0.9 * expected, 1.1 * expected);
      });
    }
  }
});

describe('the request model', () => {
  async function site(seed = 1) {
    const world = new TestWorld({ seed });
    const [one, two] = [await world.tomcat('Machine_1'), await world.tomcat('Machine_2')];
    await world.writeApache({ Tomcat_1: one, Tomcat_2: two });
    expect((await world.apache('start')).exitCode).to.equal(0);
    await world.infrastructure.deployed();
    return world;
  }
  async function cpuDuring(world: TestWorld, host: string, work: () => Promise<unknown>): Promise<number> {
    const usage = world.infrastructure.host(host).usage ?? expect.fail('a simulated host has a meter');
    const before = await usage();
    await work();
    const after = await usage();
    return (after.cpuBusySeconds - before.cpuBusySeconds) / ((after.at - before.at) / 1000) / after.cpuCapacity;
  }

  it('leaves a host well under 80 % at 60 requests/s and saturates it at 250/s', async () => {
    const world = await site();
    const calm = await cpuDuring(world, 'host1', () =>
      world.load({ phases: [{ name: 'calm', durationMs: 20_000, requestsPerSecond: 60 }] }),
    );
    expect(calm).to.be.within(0.2, 0.6);
    const url = `http://${world.infrastructure.host('host1').address}/`;
    const run = world.infrastructure.load.start({
      url,
      timeoutMs: 10_000,
      phases: [{ name: 'rush', durationMs: 20_000, requestsPerSecond: 250 }],
    });
    expect(run.phase).to.equal('rush');
    const rush = await cpuDuring(world, 'host1', () => world.clock.advance(20_000));
    expect(rush).to.be.within(0.97, 1.0001);
    await world.settle(run.done);
    expect(run.phase).to.equal(undefined);
  });

  it('lets queues and response times grow under overload', async () => {
    const world = await site();
    const samples = await world.load({ phases: [{ name: 'rush', durationMs: 20_000, requestsPerSecond: 250 }] });
    const start = samples[0]?.at ?? 0;
    const within = (from: number, to: number) =>
      mean(samples.filter(({ at }) => at >= start + from && at < start + to).map(({ elapsedMs }) => elapsedMs));
    expect(within(15_000, 20_000)).to.be.greaterThan(2 * within(2_000, 7_000));
  });

  it('shares requests between the back ends and names them', async () => {
    const world = await site();
    const samples = await world.load({ phases: [{ name: 'calm', durationMs: 10_000, requestsPerSecond: 60 }] });
    const counts = ['Tomcat_1', 'Tomcat_2'].map(
      (worker) => samples.filter((sample) => sample.worker === worker).length,
    );
    expect(Math.abs((counts[0] ?? 0) - (counts[1] ?? 0))).to.be.at.most(1);
  });

  it('loses no request while a guest migrates under overload, and is faster afterwards', async () => {
    const world = await site();
    const url = `http://${world.infrastructure.host('host1').address}/`;
    const run = world.infrastructure.load.start({
      url,
      timeoutMs: 10_000,
      phases: [{ name: 'rush', durationMs: 40_000, requestsPerSecond: 250 }],
    });
    await world.clock.advance(10_000);
    const migratedFrom = world.clock.now();
    const outcome = await world.settle(world.migrate('Machine_2', 'host1', 'host2'));
    const migratedTo = world.clock.now();
    await world.settle(run.done);
    expect(run.samples.filter((sample) => sample.failure !== undefined)).to.deep.equal([]);
    expect(outcome.elapsedMs).to.be.within(1200, 2800);
    expect(outcome.downtimeMs).to.be.within(80, 260);
    const times = (from: number, to: number) =>
      run.samples.filter(({ at }) => at >= from && at < to).map(({ elapsedMs }) => elapsedMs);
    expect(quantile(times(migratedTo + 5_000, Infinity), 0.95)).to.be.below(quantile(times(0, migratedFrom), 0.95));
    const workers = run.samples.filter(({ at }) => at > migratedTo).map(({ worker }) => worker);
    expect(workers).to.include('Tomcat_2');
  });

  it('has the same outcome for the same seed, and another for another', async () => {
    const play = async (seed: number) => {
      const world = await site(seed);
      const url = `http://${world.infrastructure.host('host1').address}/`;
      const run = world.infrastructure.load.start({
        url,
        timeoutMs: 10_000,
        phases: [{ name: 'rush', durationMs: 8_000, requestsPerSecond: 200 }],
      });
      await world.clock.advance(2_000);
      const outcome = await world.settle(world.migrate('Machine_1', 'host1', 'host2'));
      await world.settle(run.done);
      return { outcome, samples: run.samples, usage: await world.infrastructure.host('host1').usage?.() };
    };
    const [first, second, other] = [await play(5), await play(5), await play(6)];
    expect(second).to.deep.equal(first);
    expect(other.samples).to.not.deep.equal(first.samples);
  });

  it('fails requests that nothing can answer, each in its way', async () => {
    const world = new TestWorld({ software: [apacheSimulation(), tomcatSimulation()] });
    const phases = [{ name: 'once', durationMs: 1_000, requestsPerSecond: 5 }];
    const failures = async (request: object) => [
      ...new Set((await world.load({ phases, ...request })).map((sample) => sample.failure)),
    ];
    expect(await failures({})).to.deep.equal([
      `connection to ${world.infrastructure.host('host1').address}:80 refused`,
    ]);
    expect(await failures({ url: 'http://10.200.0.1/', timeoutMs: 2_000 })).to.deep.equal(['no answer within 2000 ms']);
    await world.writeApache({});
    await world.apache('start');
    expect(await failures({})).to.deep.equal(['HTTP 503']);
    await world.writeApache({ Tomcat_1: '10.200.0.1' });
    await world.apache('graceful');
    expect(await failures({})).to.deep.equal(['HTTP 503']);
  });
});
