import { expect } from 'chai';
import { SimulatedClock } from '../../../core/model/clock.js';
import { AttituneError } from '../../../core/model/errors.js';
import { SeededRandom } from '../../../core/model/random.js';
import { ReconnectingHypervisor, type ReconnectOptions } from '../../../wrappers/libvirt/reconnecting-hypervisor.js';
import { LossyHost, type Delays } from '../../support/lossy-host.js';

const QUICK: Delays = { toReading: 1, toAnswer: 1, toEvent: 1 };

async function world(more: Partial<ReconnectOptions> = {}, delays = QUICK) {
  const clock = new SimulatedClock(1_700_000_000_000);
  const host = new LossyHost(clock, delays);
  const { connect } = host;
  const random = new SeededRandom(1);
  const options = { host: 'host1', uri: 'qemu+tcp://host1/system', connect, clock, random, ...more };
  host.change('web', 'start');
  if (more.startLost === true) host.answers = false;
  const hypervisor = await clock.runUntil(ReconnectingHypervisor.open(options));
  const told: string[] = [];
  await hypervisor.onDomainEvent(({ domain, kind, detail }) => told.push(`${domain} ${kind} ${detail}`));
  hypervisor.onConnection((change) => told.push(change.connected ? 'connected' : 'lost'));
  const failure = (promise: Promise<unknown>) =>
    clock.runUntil(
      promise.then(
        () => expect.fail('it should have been rejected'),
        (error: unknown) => error as AttituneError,
      ),
    );
  return { clock, host, hypervisor, told, failure };
}

describe('a connection that is made again', () => {
  it('passes calls and events on', async () => {
    const { clock, host, hypervisor, told } = await world();
    expect(await clock.runUntil(hypervisor.list())).to.have.nested.property('[0].name', 'web');
    host.change('web', 'suspend');
    await clock.advance(10);
    expect(told).to.deep.equal(['web suspended seen']);
    await hypervisor.close();
  });

  it('tells a loss once, then what changed meanwhile, then that it is back', async () => {
    const { clock, host, told, hypervisor } = await world();
    host.change('kept', 'define');
    host.change('away', 'define');
    await clock.advance(10);
    told.length = 0;
    host.answers = false;
    host.lose();
    host.change('web', 'stop');
    host.change('web', 'start');
    host.change('kept', 'start');
    host.change('kept', 'suspend');
    host.change('away', 'undefine');
    host.change('gone', 'start');
    host.change('gone', 'stop');
    await clock.advance(60_000);
    expect(told, 'while it is lost').to.deep.equal(['lost']);
    host.answers = true;
    await clock.advance(31_000);
    expect(told).to.deep.equal([
      'lost',
      'web stopped missed',
      'away undefined missed',
      'kept started missed',
      'kept suspended missed',
      'web started missed',
      'connected',
    ]);
    host.change('kept', 'resume');
    await clock.advance(10);
    expect(told.at(-1)).to.equal('kept resumed seen');
    await hypervisor.close();
  });

  it('rejects every call at once while it is lost, saying since when and when it is tried again', async () => {
    const { clock, host, hypervisor, failure } = await world();
    host.answers = false;
    host.lose();
    const at = clock.now();
    const calls = [
      () => hypervisor.list(),
      () => hypervisor.migrate('web', { host: 'x', uri: 'y' }),
      () => hypervisor.storage.pools(),
    ];
    for (const call of calls) {
      const error = await failure(call());
      expect(error).to.have.property('code', 'host-unreachable');
      expect(error.message).to.match(
        /^host1 \(qemu\+tcp:\/\/host1\/system\): there is no connection since 2023-11-14T22:/,
      );
      expect(error.message).to.match(/tried again at 2023-11-14T.*Z\. host1 closed the connection\.$/);
      expect(error.details).to.have.property('since', at);
      expect(error.details['nextAttemptAt']).to.be.within(at + 250, at + 500);
    }
    expect(clock.now()).to.equal(at);
    await hypervisor.close();
  });

  it('rejects calls under way that would never be answered', async () => {
    const { clock, host, hypervisor, failure } = await world();
    const call = hypervisor.shutdown('web');
    await clock.advance(5);
    host.lose();
    expect(await failure(call)).to.have.property('code', 'host-unreachable');
    await hypervisor.close();
  });

  it('waits longer each time, at most as long as it may, and not the same time twice', async () => {
    const { clock, host, hypervisor } = await world({ longestDelayMs: 4000 });
    host.answers = false;
    host.lose();
    const waits: number[] = [];
    for (let before = clock.now(), seen = host.connects; waits.length < 8;) {
      await clock.advance(1);
      if (host.connects === seen) continue;
      seen = host.connects;
      waits.push(clock.now() - before);
      before = clock.now();
    }
    const full = [500, 1000, 2000, 4000, 4000, 4000, 4000, 4000];
    for (const [index, wait] of waits.entries()) expect(wait).to.be.within(full[index]! / 2, full[index]! + 2);
    expect(new Set(waits).size).to.equal(waits.length);
    await hypervisor.close();
  });

  it('rejects where the first connection fails', async () => {
    const clock = new SimulatedClock();
    const host = new LossyHost(clock, QUICK);
    host.answers = false;
    const { connect } = host;
    const options = { host: 'host1', uri: 'x', connect, clock, random: new SeededRandom(1) };
    const error = await clock.runUntil(
      ReconnectingHypervisor.open(options).then(
        () => undefined,
        (reason: unknown) => reason,
      ),
    );
    expect(error).to.have.property('message', 'host1 does not answer.');
    expect(clock.nextDueAt, 'nothing goes on').to.equal(undefined);
  });

  it('begins lost where it is told to, and tells all that it finds', async () => {
    const { clock, host, hypervisor, told, failure } = await world({ startLost: true });
    expect(await failure(hypervisor.list())).to.have.property('code', 'host-unreachable');
    host.answers = true;
    await clock.advance(2000);
    expect(told).to.deep.equal(['web started missed', 'connected']);
    await hypervisor.close();
  });

  it('gives an attempt up that is not answered, and closes what comes of it too late', async () => {
    let asked = 0;
    let closed = 0;
    const late: ((hypervisor: never) => void)[] = [];
    const { clock, host, hypervisor, told } = await world();
    const { connect } = host;
    const stubborn = await clock.runUntil(
      ReconnectingHypervisor.open({
        host: 'host1',
        uri: 'x',
        clock,
        random: new SeededRandom(1),
        attemptTimeoutMs: 1000,
        connect: (signal) => {
          asked += 1;
          return asked === 2 ? new Promise((resolve) => late.push(resolve)) : connect(signal);
        },
      }),
    );
    host.lose();
    await clock.advance(3000);
    expect(asked).to.equal(3);
    expect(stubborn.connected).to.equal(true);
    for (const resolve of late) resolve({ close: () => Promise.resolve(void (closed += 1)) } as never);
    await clock.advance(1);
    expect(closed).to.equal(1);
    expect(told.filter((text) => text === 'connected')).to.have.length(1);
    await Promise.all([hypervisor.close(), stubborn.close()]);
  });

  it('is silent once it is closed, and sets no timer', async () => {
    const { clock, host, hypervisor, told, failure } = await world();
    host.lose();
    told.length = 0;
    await hypervisor.close();
    host.change('web', 'stop');
    await clock.advance(60_000);
    expect(told).to.deep.equal([]);
    expect(clock.nextDueAt).to.equal(undefined);
    expect((await failure(hypervisor.list())).message).to.match(/is closed/);
  });

  it('does not repeat what the reading has seen, though its event comes late', async () => {
    const { clock, host, told, hypervisor } = await world({}, { toReading: 1, toAnswer: 1, toEvent: 50 });
    host.lose();
    // attempts begin at most 500 ms after a loss
    while (host.connects < 2) await clock.advance(1);
    await clock.advance(1);
    host.change('web', 'stop');
    await clock.advance(200);
    expect(told).to.deep.equal(['lost', 'web stopped missed', 'connected']);
    await hypervisor.close();
  });
});
