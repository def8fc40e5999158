import { expect } from 'chai';
import { delay } from '../../../core/model/clock.js';
import { AttituneError } from '../../../core/model/errors.js';
import { association, componentClass, deploymentOf } from '../../support/deployments.js';
import { diagramOf, loopOf, wrapperOf } from '../../support/loop.js';
import { eventOf, procedureOf } from '../../support/procedures.js';

const DEPLOYMENT = deploymentOf({
  classes: [componentClass('Apache'), componentClass('Tomcat', { initial: 2 })],
  associations: [association('workers', 'Apache', '1', 'Tomcat', '1..*')],
});

/** Works at each `tick`, makes one at each `grow`; no error is taken. */
const WATCH = `
  <state id="idle">
    <transition event="tick" target="work"/><transition event="grow" target="grow"/><transition event="end" target="done"/>
  </state>
  <state id="work"><invoke id="w" type="attitune" src="this.work"/><transition event="done.invoke.w" target="idle"/></state>
  <state id="grow"><invoke id="g" type="attitune" src="Tomcat++"/><transition event="done.invoke.g" target="use"/></state>
  <state id="use"><invoke id="u" type="attitune" src="new.fail"/><transition event="done.invoke.u" target="idle"/></state>
  <final id="done"/>`;

/** A loop with the policy for Tomcat_1, whose work takes a second and fails while `broken`. */
function world() {
  const state = { broken: false };
  const spans: string[] = [];
  const wrappers = wrapperOf(
    async (operation, { component, infrastructure: { clock }, signal }) => {
      const from = clock.now();
      await delay(clock, 1000, signal);
      spans.push(`${component.name} ${from}-${clock.now()}`);
      if (state.broken || operation === 'fail') throw new AttituneError('operation-failed', 'it is on fire.');
    },
    ['work', 'fail', 'stop'],
  );
  const loop = loopOf(DEPLOYMENT, wrappers);
  const { sessions, events } = loop;
  loop.events.onEvent((event) => sessions.feedPolicies(event));
  sessions.startPolicy({ diagram: diagramOf('watch', WATCH), event: eventOf('Tomcat_1') });
  const raise = (name: string) => events.raise({ name, component: 'Tomcat_1', why: 'a test' });
  const raised = () =>
    loop.journal.entries.filter(({ kind, text }) => kind === 'event' && text.startsWith('policy.failed'));
  return { ...loop, state, spans, raise, raised };
}

describe('a policy', () => {
  it('begins anew after a failure, later each time, and nothing that it did is undone', async () => {
    const { clock, raise, texts, system, raised } = world();
    for (const pause of [1, 2, 4]) {
      raise('grow');
      await clock.advance(1000);
      expect(texts().at(-1)).to.match(
        new RegExp(`^watch: policy watch failed for Tomcat_1: .*on fire\\. It begins again in ${pause} s\\.$`),
      );
      await clock.advance(pause * 1000 - 1);
      expect(texts().at(-1)).to.match(/begins again/);
      await clock.advance(1);
    }
    expect(system.instances('Tomcat')).to.have.length(5);
    expect(raised()).to.deep.equal([]);
  });

  it('is given up at the fourth failure within ten minutes, and an event says so', async () => {
    const { clock, raise, raised, texts } = world();
    for (let failure = 0; failure < 4; failure += 1) {
      raise('grow');
      await clock.advance(10_000);
    }
    expect(raised().map(({ text }) => text)).to.deep.equal([
      'policy.failed (watch): it failed 4 times within 10 min and is given up until the next deployment',
    ]);
    const told = texts().length;
    raise('grow');
    await clock.advance(10_000);
    expect(texts().slice(told)).to.deep.equal(['Tomcat_1: grow: a test']);
  });

  it('may fail now and then for ever', async () => {
    const { clock, raise, raised, state, spans } = world();
    for (let day = 0; day < 20; day += 1) {
      state.broken = true;
      raise('tick');
      await clock.advance(5 * 60_000);
      state.broken = false;
      raise('tick');
      await clock.advance(5 * 60_000);
    }
    expect(raised()).to.deep.equal([]);
    expect(spans).to.have.length(40);
  });

  it('waits with an operation for the procedure that has its component, and keeps the next one waiting', async () => {
    const { clock, raise, spans, sessions } = world();
    const request = (name: string) =>
      sessions.request({ diagram: procedureOf(name, ['this.work']), event: eventOf('Tomcat_1') })!;
    const first = request('first');
    await clock.advance(500);
    raise('tick');
    await clock.advance(100);
    const second = request('second');
    await clock.runUntil(Promise.all([first, second]));
    expect(spans).to.deep.equal(['Tomcat_1 0-1000', 'Tomcat_1 1000-2000', 'Tomcat_1 2000-3000']);
  });

  it('lets go of its place in the queue when it is stopped', async () => {
    const { clock, raise, spans, sessions } = world();
    void sessions.request({ diagram: procedureOf('first', ['this.work']), event: eventOf('Tomcat_1') });
    await clock.advance(500);
    raise('tick');
    await clock.advance(100);
    await clock.runUntil(sessions.stopAll());
    await clock.advance(10_000);
    expect(spans).to.deep.equal([]);
    expect(sessions.busy).to.equal(0);
  });

  it('does not begin again when all is stopped, when it has ended, or when its component is gone', async () => {
    const stopped = world();
    stopped.raise('grow');
    await stopped.clock.advance(1500);
    await stopped.clock.runUntil(stopped.sessions.stopAll());
    const told = stopped.texts().length;
    await stopped.clock.advance(60_000);
    expect(stopped.texts()).to.have.length(told);

    const ended = world();
    ended.raise('end');
    await ended.clock.advance(60_000);
    expect(ended.texts().at(-1)).to.equal('watch: diagram watch ends in done');

    const gone = world();
    gone.raise('grow');
    await gone.clock.advance(500);
    gone.system.remove(gone.system.component('Tomcat_1'));
    await gone.clock.advance(60_000);
    expect(gone.texts().filter((text) => text.includes('begins again'))).to.deep.equal([]);
  });
});
