import { expect } from 'chai';
import fc from 'fast-check';
import type { DeploymentDiagram } from '../../../core/model/deployment.js';
import { AttituneError } from '../../../core/model/errors.js';
import { DIAGRAMS, FAKE, RestartWorld, scxmlEngines, type Diagrams } from '../../support/restart-world.js';

for (const [engine, engines] of Object.entries({ 'a fake engine': FAKE, SCXML: scxmlEngines() })) {
  describe(`a manager that takes up where the former one ended (${engine})`, () => {
    const worldOf = (diagrams: Diagrams = DIAGRAMS, more: Partial<DeploymentDiagram> = {}) =>
      new RestartWorld(diagrams, more, engines);

    it('finishes a deployment whose start diagram was interrupted, and runs again what may be repeated', async () => {
      const world = worldOf();
      await world.begin(1000);
      expect(world.states()).to.deep.equal({ Work_1: 'starting', Work_2: 'starting', Tool_1: 'stopped' });
      world.crash(500);
      await world.deploy();
      expect(world.states()).to.deep.equal({ Work_1: 'started', Work_2: 'started', Tool_1: 'stopped' });
      expect(world.runsOf('start').map(({ component, resumed }) => `${component} ${resumed}`)).to.deep.equal([
        'Work_1 false',
        'Work_2 false',
        'Work_1 true',
        'Work_2 true',
      ]);
      expect(world.store.system()?.phase).to.equal('running');
      expect(world.store.sessions()).to.deep.equal([]);
      expect(world.texts().join('\n')).to.match(/taking up works .*it was starting, with 3 components and 1 session\n/);
    });

    it('does not run a start diagram again that had ended', async () => {
      const world = worldOf();
      await world.deploy();
      world.crash();
      await world.deploy();
      expect(world.runsOf('start')).to.have.length(2);
      expect(world.states()).to.deep.equal({ Work_1: 'started', Work_2: 'started', Tool_1: 'stopped' });
    });

    it('fires a timer at its time, or at once where that is past', async () => {
      for (const [away, expected] of [
        [3000, 10_000],
        [30_000, 31_000],
      ] as const) {
        const world = worldOf({ ...DIAGRAMS, job: [{ delayMs: 10_000 }, { invoke: 'this.mix' }] });
        await world.deploy();
        const began = world.clock.now();
        world.manager.events.raise({ name: 'go', component: 'Work_1', why: 'test' });
        await world.clock.advance(1000);
        world.crash(away);
        await world.deploy();
        await world.clock.advance(60_000);
        expect(world.runsOf('mix')).to.have.length(1);
        // reaching the hosts takes a few milliseconds
        expect((world.runsOf('mix')[0]?.at ?? 0) - began).to.be.within(expected, expected + 50);
      }
    });

    it('reports what may not be repeated, and lets the procedure fail', async () => {
      const world = worldOf({ ...DIAGRAMS, job: [{ invoke: 'this.pour' }] });
      await world.deploy();
      world.manager.events.raise({ name: 'go', component: 'Work_1', why: 'test' });
      await world.clock.advance(1000);
      world.crash();
      await world.deploy();
      await world.clock.advance(60_000);
      expect(world.runsOf('pour')).to.have.length(1);
      const troubles = world.manager.journal.entries.filter(({ kind }) => kind === 'trouble');
      expect(troubles.map(({ subject, data }) => [subject, data?.['code']])).to.deep.equal([
        ['Work_1', 'operation-cut-off'],
        ['job', 'operation-cut-off'],
      ]);
      expect(world.store.sessions()).to.deep.equal([]);
    });

    it('gives the procedures that waited their turn, in their order', async () => {
      const world = worldOf({ ...DIAGRAMS, job: [{ invoke: 'this.mix' }], other: [{ invoke: 'this.pour' }] });
      await world.deploy();
      for (const name of ['go', 'other']) world.manager.events.raise({ name, component: 'Work_1', why: 'test' });
      await world.clock.advance(1000);
      expect(world.store.sessions().map(({ id, checkpoint }) => [id.replace(/#.*/, ''), !!checkpoint])).to.deep.equal([
        ['job', true],
        ['other', false],
      ]);
      world.crash();
      await world.deploy();
      await world.clock.advance(60_000);
      expect(world.runs.slice(2).map(({ operation, resumed }) => `${operation} ${resumed}`)).to.deep.equal([
        'mix false',
        'mix true',
        'pour false',
      ]);
      const ids = world.manager.journal.entries.map(({ id }) => id);
      expect(ids).to.deep.equal([...new Set(ids)].sort((a, b) => a - b));
    });

    it('goes on with taking down, and forgets the system', async () => {
      const world = worldOf();
      await world.deploy();
      void world.manager.undeploy();
      await world.clock.advance(1000);
      expect(world.store.system()?.phase).to.equal('stopping');
      world.crash();
      await world.deploy();
      expect(world.manager.up).to.equal(false);
      expect(world.states()).to.deep.equal({ Work_1: 'stopped', Work_2: 'stopped', Tool_1: 'stopped' });
      expect(world.runsOf('stop')).to.have.length(4);
      expect(world.store.system()).to.equal(undefined);
      expect(world.texts().at(-1)).to.equal('deployment works: works is down');
    });

    it('keeps what could not be stopped, and tries again', async () => {
      const world = worldOf({ ...DIAGRAMS, stop: [{ invoke: 'Work.stop' }, { invoke: 'Work.nothing' }] });
      await world.deploy();
      world.manager.system.component('Tool_1').lifeCycle.restore('started', 'started');
      const failed = () =>
        world.clock.runUntil(world.manager.undeploy()).then(
          () => expect.fail('it was taken down'),
          (error: unknown) => (error as AttituneError).code,
        );
      expect(await failed()).to.equal('operation-failed');
      expect(world.texts().at(-1)).to.match(/what could not be stopped is kept: run works again .*--fresh/);
      expect(world.store.system()?.phase).to.equal('stopping');
      world.crash(0, { diagrams: { ...DIAGRAMS, stop: [{ invoke: 'Work.stop' }, { invoke: 'Tool.stop' }] } });
      await world.deploy();
      expect(world.states()['Tool_1']).to.equal('stopped');
      expect(world.store.system()).to.equal(undefined);
    });

    it('does not go on with what was being called off to take all down', async () => {
      const world = worldOf();
      await world.deploy();
      world.manager.events.raise({ name: 'go', component: 'Work_1', why: 'test' });
      await world.clock.advance(1000);
      world.store.putSystem({ ...world.store.system()!, phase: 'stopping', ended: [] });
      world.crash();
      await world.deploy();
      expect(world.runsOf('mix')).to.have.length(1);
      expect(world.states()).to.deep.equal({ Work_1: 'stopped', Work_2: 'stopped', Tool_1: 'stopped' });
      expect(world.store.sessions()).to.deep.equal([]);
    });

    it('begins again at 1 once all is down, and goes on in the journal', async () => {
      const world = worldOf();
      await world.deploy();
      await world.clock.runUntil(world.manager.undeploy());
      const last = world.manager.journal.lastId;
      world.crash();
      await world.deploy();
      expect(world.manager.journal.entry(last + 1)?.text).to.match(/^deploying works/);
      expect(Object.keys(world.states())).to.deep.equal(['Work_1', 'Work_2', 'Tool_1']);
    });

    it('uses no number of a component twice', async () => {
      const world = worldOf({ ...DIAGRAMS, job: [{ invoke: 'Tool++' }, { invoke: 'new--' }] });
      await world.deploy();
      world.manager.events.raise({ name: 'go', component: 'Work_1', why: 'test' });
      await world.clock.advance(1000);
      world.crash();
      await world.deploy();
      world.manager.events.raise({ name: 'go', component: 'Work_1', why: 'test' });
      await world.clock.advance(1000);
      expect(world.texts().filter((text) => text.includes('created'))).to.deep.equal([
        'component Tool_2: Tool_2 created on host1',
        'component Tool_3: Tool_3 created on host1',
      ]);
    });

    it('refuses a diagram that was changed, fails what it was doing, and goes on with the others', async () => {
      const world = worldOf({ ...DIAGRAMS, job: [{ invoke: 'this.stop' }], other: [{ invoke: 'this.mix' }] });
      await world.deploy();
      world.manager.events.raise({ name: 'go', component: 'Work_1', why: 'test' });
      world.manager.events.raise({ name: 'other', component: 'Work_2', why: 'test' });
      await world.clock.advance(1000);
      expect(world.states()['Work_1']).to.equal('stopping');
      world.crash(0, { diagrams: { ...DIAGRAMS, job: [{ invoke: 'this.mix' }], other: [{ invoke: 'this.mix' }] } });
      await world.deploy();
      await world.clock.advance(60_000);
      expect(world.states()).to.deep.equal({ Work_1: 'failed', Work_2: 'started', Tool_1: 'stopped' });
      expect(world.texts().join('\n')).to.match(/trouble job: job failed: .*changed/);
      expect(world.runsOf('mix').map(({ component, resumed }) => `${component} ${resumed}`)).to.deep.equal([
        'Work_2 false',
        'Work_2 true',
      ]);
      expect(world.store.sessions()).to.deep.equal([]);
    });

    it('does nothing where the deployment was changed', async () => {
      const world = worldOf();
      await world.deploy();
      world.crash(0, { deployment: { associations: [] } });
      const before = world.store.lastJournalId();
      const error: unknown = await world.deploy().then(
        () => undefined,
        (reason: unknown) => reason,
      );
      expect(AttituneError.is(error, 'store') && error.message).to.match(
        /says something else .*Nothing was done.*--fresh/s,
      );
      await world.clock.runUntil(world.manager.undeploy());
      expect(world.store.lastJournalId()).to.equal(before);
      expect(world.runsOf('stop')).to.deep.equal([]);
    });

    it('does not take down what it could not reach', async () => {
      const world = worldOf();
      await world.deploy();
      world.crash(0, { unreachable: true });
      const error: unknown = await world.deploy().then(
        () => undefined,
        (reason: unknown) => reason,
      );
      expect(AttituneError.is(error, 'host-unreachable')).to.equal(true);
      await world.clock.runUntil(world.manager.undeploy());
      expect(world.store.system()?.phase).to.equal('running');
      expect(world.runsOf('stop')).to.deep.equal([]);
      world.crash();
      await world.deploy();
      expect(world.states()['Work_1']).to.equal('started');
    });

    it('fails a component that nobody brings to its end', async () => {
      const world = worldOf();
      await world.begin(1000);
      for (const { id } of world.store.sessions()) world.store.removeSession(id);
      const left = world.store.system()!;
      world.store.putSystem({ ...left, phase: 'running' });
      world.crash();
      await world.deploy();
      expect(world.states()).to.deep.equal({ Work_1: 'failed', Work_2: 'failed', Tool_1: 'stopped' });
      expect(world.texts().join('\n')).to.match(/Work_1 is failed: it was starting when the manager ended/);
    });

    it('tells of software whose process ended meanwhile', async () => {
      const world = worldOf({ ...DIAGRAMS, 'process.failed': [{ invoke: 'this.start' }] });
      await world.deploy();
      world.manager.system.component('Work_1').setAttribute('pid', '4242');
      await world.clock.advance(1);
      world.crash();
      await world.deploy();
      expect(world.states()['Work_1']).to.equal('starting');
      await world.clock.advance(10_000);
      expect(world.states()['Work_1']).to.equal('started');
      expect(world.texts().join('\n')).to.match(/process\.failed: its process ended while nobody could look/);
    });

    it('goes on with policies, one for each component', async () => {
      const policies = [
        { file: '/diagrams/policy.scxml', for: 'Work', mode: 'automatic', parameters: {}, place: PLACE },
      ] as const;
      const steps = [
        { hear: 'tick' },
        { invoke: 'this.mix' },
        { hear: 'tick' },
        { invoke: 'this.pour' },
        { hear: 'end' },
      ];
      const world = worldOf({ ...DIAGRAMS, policy: steps }, { policies });
      await world.deploy();
      world.manager.events.raise({ name: 'tick', component: 'Work_1', why: 'test' });
      await world.clock.advance(10_000);
      world.crash();
      await world.deploy();
      world.manager.events.raise({ name: 'tick', component: 'Work_1', why: 'test' });
      await world.clock.advance(10_000);
      expect(world.runsOf('mix')).to.have.length(2);
      expect(world.runsOf('pour')).to.have.length(2);
      expect(world.store.sessions().map(({ kind }) => kind)).to.deep.equal(['policy', 'policy']);
    });

    it('runs what only waited for its component, though it may not be repeated', async () => {
      const policies = [
        { file: '/diagrams/policy.scxml', for: 'Work', mode: 'automatic', parameters: {}, place: PLACE },
      ] as const;
      const policy = [{ hear: 'tick' }, { invoke: 'this.pour' }, { hear: 'end' }];
      const world = worldOf({ ...DIAGRAMS, policy }, { policies });
      await world.deploy();
      for (const name of ['go', 'tick']) world.manager.events.raise({ name, component: 'Work_1', why: 'test' });
      await world.clock.advance(1000);
      // that of Work_2 has begun, that of Work_1 waits for the job
      expect(world.runsOf('pour').map(({ component }) => component)).to.deep.equal(['Work_2']);
      world.crash();
      await world.deploy();
      await world.clock.advance(60_000);
      expect(world.runsOf('pour').map(({ component }) => component)).to.deep.equal(['Work_2', 'Work_1']);
      const cutOff = world.manager.journal.entries.filter(({ data }) => data?.['code'] === 'operation-cut-off');
      expect([...new Set(cutOff.map(({ subject }) => subject))]).to.deep.equal(['Work_2', 'policy']);
    });

    it('does not begin a policy again that has come to its end', async () => {
      const policies = [
        { file: '/diagrams/policy.scxml', for: 'Work', mode: 'automatic', parameters: {}, place: PLACE },
      ] as const;
      const world = worldOf({ ...DIAGRAMS, policy: [{ hear: 'tick' }, { invoke: 'this.mix' }] }, { policies });
      await world.deploy();
      world.manager.events.raise({ name: 'tick', component: 'Work_1', why: 'test' });
      await world.clock.advance(10_000);
      world.crash();
      await world.deploy();
      world.manager.events.raise({ name: 'tick', component: 'Work_1', why: 'test' });
      await world.clock.advance(10_000);
      expect(world.runsOf('mix')).to.have.length(2);
      expect(world.store.sessions()).to.deep.equal([]);
    });

    it('does nothing that could not be written before, and tells why', async () => {
      const world = worldOf();
      await world.deploy();
      const put = world.store.putSession.bind(world.store);
      world.store.putSession = () => {
        throw new AttituneError('store', 'the disk is full.');
      };
      world.manager.events.raise({ name: 'go', component: 'Work_1', why: 'test' });
      await world.clock.advance(10_000);
      expect(world.runsOf('mix')).to.deep.equal([]);
      expect(world.texts().join('\n')).to.match(/trouble job: job failed: .*the disk is full/);
      world.store.putSession = put;
      world.manager.events.raise({ name: 'go', component: 'Work_1', why: 'test' });
      await world.clock.advance(10_000);
      expect(world.runsOf('mix')).to.have.length(1);
      expect(world.store.sessions()).to.deep.equal([]);
    });

    it('keeps its promises whenever and however often it dies', async function () {
      this.timeout(60_000);
      const job = [{ invoke: 'this.mix' }, { delayMs: 2500 }, { invoke: 'this.pour' }, { invoke: 'this.mix' }];
      const crashes = fc.array(fc.record({ after: fc.nat(9000), away: fc.nat(9000) }), { minLength: 1, maxLength: 4 });
      await fc.assert(
        fc.asyncProperty(crashes, async (times) => {
          const world = worldOf({ ...DIAGRAMS, job });
          await world.deploy();
          const raisedAt = world.clock.now();
          world.manager.events.raise({ name: 'go', component: 'Work_1', why: 'test' });
          for (const { after, away } of times) {
            await world.clock.advance(after);
            world.crash(away);
            await world.deploy();
          }
          await world.clock.advance(60_000);
          const cutOff = world.texts().some((text) => text.startsWith('trouble job'));
          const pours = world.runsOf('pour');
          expect(pours).to.have.length(1);
          expect(pours[0]?.endedAt === undefined).to.equal(cutOff);
          const [first] = world.runsOf('mix').filter(({ endedAt }) => endedAt !== undefined);
          const due = (first?.endedAt ?? raisedAt) + 2500;
          // at its time, or when the next manager was there
          expect(pours[0]?.at).to.be.at.least(due);
          expect(Object.values(world.states())).to.deep.equal(['started', 'started', 'stopped']);
          expect(world.store.sessions()).to.deep.equal([]);
        }),
        { numRuns: 60, seed: 5 },
      );
    });
  });
}

const PLACE = { file: 'test', line: 1, column: 1 };
