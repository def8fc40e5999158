import { expect } from 'chai';
import { ManagerFleet, type RunningCommand } from '../support/manager-fleet.js';

const DEPLOYMENT = `<deployment xmlns="urn:attitune:deployment:1" name="works">
  <hosts family="machines" hypervisor="none"><host name="here" uri="local:"/></hosts>
  <component class="Worker" wrapper="program" hosts="machines"/>
  <event name="wanted" of="Worker"/>
  <diagram src="library:start" role="start"/>
  <diagram src="library:stop" role="stop"/>
  <diagram src="work.scxml" on="wanted operator.work" mode="approve"/>
</deployment>`;

const WRAPPER = `<wrapper xmlns="urn:attitune:wrapper:1" name="program" description="of a test">
  <method name="start" key="command" method="run" idempotent="true"><param value="true"/></method>
  <method name="work" key="command" method="run" idempotent="true"><param value="true"/></method>
  <method name="stop" key="command" method="run" idempotent="true"><param value="true"/></method>
</wrapper>`;

const WORK = `<scxml xmlns="http://www.w3.org/2005/07/scxml" version="1.0" name="work" datamodel="ecmascript" initial="on">
  <state id="on"><invoke id="i" type="attitune" src="this.work"/>
    <transition event="done.invoke.i" target="worked"/><transition event="error.execution" target="notDone"/></state>
  <final id="worked"/><final id="notDone"/>
</scxml>`;

describe('commands of administrators', function () {
  this.timeout(90_000);
  let fleet: ManagerFleet;
  let manager: RunningCommand;
  const here = (...args: readonly string[]) => fleet.run([...args, '--state', fleet.path('state')]);
  const done = async (...args: readonly string[]) => {
    const { code, text } = await here(...args);
    expect(code, text).to.equal(0);
    return text;
  };

  before(async () => {
    fleet = new ManagerFleet({
      'works.deployment.xml': DEPLOYMENT,
      'program.wrapper.xml': WRAPPER,
      'work.scxml': WORK,
    });
    manager = fleet.start([
      ...['manager', 'works.deployment.xml', '--state', fleet.path('state')],
      ...['--listen', '127.0.0.1:0', '--keep-journal', '30d'],
    ]);
    await manager.said(/Running\./);
  });
  after(() => (fleet as ManagerFleet | undefined)?.dispose('works.deployment.xml'));

  it('answer what waits, and tell the reasons', async () => {
    expect(await done('pending')).to.equal('Nothing waits for an answer.\n');
    await done('emit', 'wanted', 'Worker_1');
    await manager.said(/Worker_1\.work is to be done; it waits for an answer/);
    const { questions } = JSON.parse(await done('pending', '--json')) as { questions: { id: number; what: string }[] };
    expect(questions[0]?.what).to.equal('Worker_1.work');
    const id = String(questions[0]?.id);
    expect(await done('approve', id)).to.equal('Worker_1.work: approved\n');
    await manager.said(/step +work +worked/);
    const why = await done('why', 'Worker_1');
    expect(why)
      .to.match(/approved by \S+, by attitune approve/)
      .and.to.contain('How it came to this');
    const { entry } = JSON.parse(await done('why', id, '--json')) as { entry: { id: number; kind: string } };
    expect(entry).to.include({ id: Number(id), kind: 'decision' });
    expect(await done('snapshot'))
      .to.contain('"attitune-cluster": 1')
      .and.to.contain('"here"');
    expect(await done('plan', '--goal', 'balance')).to.contain('nothing-to-do');
    const again = await here('decline', id);
    expect(again.code).to.equal(2);
    expect(again.text).to.contain('No question').and.to.contain('Nothing waits for an answer now');
  });

  it('hold and resume, by the bus as well, and it shows everywhere', async () => {
    const bus = /on the bus at (\S+);/.exec(manager.talk.text)?.[1] ?? '';
    const onBus = async (...args: readonly string[]) => {
      const { code, text } = await fleet.run([...args, '--bus', bus]);
      expect(code, text).to.equal(0);
      return text;
    };
    expect(await onBus('hold', '--reason', 'a test')).to.match(/all is held by .*, by attitune hold, from .*: a test/);
    expect(await onBus('status')).to.match(/Held by .* since .*: a test/);
    expect(await done('pending')).to.contain('works is held by');
    await done('emit', 'operator.work', 'Worker_1');
    await manager.said(/Worker_1.*work done/);
    expect(await done('resume')).to.contain('resumes');
    expect(await done('mode', 'work', 'recommend')).to.contain('the mode of the diagram work is recommend now');
    await done('emit', 'wanted', 'Worker_1');
    await manager.said(/it is told only, because the mode of the diagram work is recommend/);
    const kinds = JSON.parse(await onBus('events', '--kind', 'control', '--json')) as { data: { command: string } }[];
    expect(kinds.map(({ data }) => data.command)).to.include.members(['approve', 'hold', 'resume', 'mode']);
    const drained = await here('host', 'resume', 'here');
    expect(drained.text).to.equal('works: here takes VMs again\n');
    const { code, text } = await here('host', 'resume', 'there');
    expect(code).to.equal(1);
    expect(text).to.contain('No manager that has there answers here');
  });

  it('refuse what is wrong, and say what there is', async () => {
    for (const [args, expected] of [
      [['why', '99999'], /error value: The journal has no entry 99999/],
      [['why', 'nobody'], /error value: No decision about "nobody"/],
      [['mode', 'Worker_9', 'approve'], /error unknown-component: works has no component and no diagram "Worker_9"/],
      [['resume'], /error illegal-life-cycle: Nothing is held/],
      [['events', '--kind', 'nothing'], /"nothing" is no kind/],
    ] as const) {
      const { code, text } = await here(...args);
      expect(text).to.match(expected);
      expect(code).to.be.oneOf([1, 2]);
    }
  });

  it('read what is kept once no manager runs', async () => {
    await manager.end('SIGTERM');
    const text = await done('events', 'Worker_1');
    expect(text).to.match(/decision {4}.*Worker_1\.work is to be done/);
    expect(await done('why', 'last')).to.contain('Worker_1.work would be done');
    const missing = await here('why', 'last', '--deployment', 'wroks');
    expect(missing.text).to.contain('Did you mean "works"?');
  });
});
