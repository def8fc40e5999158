import { expect } from 'chai';
import { delay } from '../../../core/model/clock.js';
import { componentClass, deploymentOf } from '../../support/deployments.js';
import { loopOf, wrapperOf, type Behaviour } from '../../support/loop.js';
import { eventOf, procedureOf, type Step } from '../../support/procedures.js';

const DEPLOYMENT = deploymentOf({ classes: [componentClass('Tomcat')] });
const HOUR_MS = 3_600_000;

/** A loop whose operations have 10 s. */
function world(behaviour: Behaviour) {
  const loop = loopOf(DEPLOYMENT, wrapperOf(behaviour, ['work', 'start', 'stop']));
  const run = async (step: Step) => {
    const diagram = procedureOf('slow', [step]);
    const result = await loop.clock.runUntil(loop.sessions.request({ diagram, event: eventOf('Tomcat_1') })!);
    return { result, tookMs: loop.clock.now(), tomcat: loop.system.component('Tomcat_1').lifeCycle };
  };
  return { ...loop, run };
}

const sleeps: Behaviour = (_, { infrastructure, signal }) => delay(infrastructure.clock, HOUR_MS, signal);

describe('the time-out of a step', () => {
  it('is what the wrapper says', async () => {
    const { result, tookMs } = await world(sleeps).run('this.work');
    expect(tookMs).to.equal(10_000);
    expect(result.error?.code).to.equal('operation-timeout');
    expect(result.error?.message).to.match(/Tomcat_1\.work did not end within 10 s/);
  });

  it('may be shortened and lengthened by the diagram', async () => {
    for (const [timeout, expected] of [
      ['500 ms', 500],
      ['2 min', 120_000],
    ] as const) {
      const { result, tookMs } = await world(sleeps).run({ src: 'this.work', params: { timeout } });
      expect(tookMs).to.equal(expected);
      expect(result.error?.code).to.equal('operation-timeout');
    }
  });

  it('is no parameter of the operation', async () => {
    const seen: unknown[] = [];
    const { run } = world((_, { parameters }) => Promise.resolve(seen.push(parameters)));
    const { result } = await run({ src: 'this.work', params: { timeout: '5 s', depth: 'full' } });
    expect(result.status).to.equal('final');
    expect(seen).to.deep.equal([{ depth: 'full' }]);
  });

  for (const timeout of ['soon', '0 s', '25 h', '30', '-1 s', '99999999999 d'])
    it(`refuses "${timeout}" before anything is done`, async () => {
      const calls: string[] = [];
      const { run } = world((operation) => Promise.resolve(calls.push(operation)));
      const { result, tomcat } = await run({ src: 'this.start', params: { timeout } });
      expect(result.error?.code).to.equal('value');
      expect(calls).to.deep.equal([]);
      expect(tomcat.state).to.equal('stopped');
    });

  it('waits for an orderly end, which may take a while', async () => {
    const { result, tookMs, tomcat } = await world(async (_, { infrastructure: { clock }, signal }) => {
      await delay(clock, HOUR_MS, signal).catch(() => delay(clock, 7000));
      throw new Error('called off in order');
    }).run('this.work');
    expect(tookMs).to.equal(17_000);
    expect(result.error?.code).to.equal('operation-timeout');
    expect(tomcat.state).to.equal('stopped');
  });

  it('gives up what does not end even then; the component is failed, and the next can use it', async () => {
    const { run, sessions, clock } = world((operation) =>
      operation === 'work' ? new Promise(() => undefined) : Promise.resolve(),
    );
    const { result, tookMs, tomcat } = await run('this.work');
    expect(tookMs).to.equal(30_000);
    expect(result.error?.code).to.equal('operation-timeout');
    expect(tomcat.state).to.equal('failed');
    expect(tomcat.failure).to.match(/did not end within 10 s.*did not stop either within 20 s.*not known/);
    const next = sessions.request({ diagram: procedureOf('next', ['this.start']), event: eventOf('Tomcat_1') })!;
    expect((await clock.runUntil(next)).status).to.equal('final');
    expect(tomcat.state).to.equal('started');
  });

  it('counts from the beginning of the operation, not from the wait for its component', async () => {
    const { sessions, clock } = world((_, { infrastructure, signal }) => delay(infrastructure.clock, 8000, signal));
    const ends = ['a', 'b', 'c'].map((name) =>
      sessions.request({ diagram: procedureOf(name, ['this.work']), event: eventOf('Tomcat_1') })!,
    );
    const results = await clock.runUntil(Promise.all(ends));
    expect(results.map(({ status }) => status)).to.deep.equal(['final', 'final', 'final']);
    expect(clock.now()).to.equal(24_000);
  });
});
