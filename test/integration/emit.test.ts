import { expect } from 'chai';
import { statSync } from 'node:fs';
import { ManagerFleet, type RunningCommand } from '../support/manager-fleet.js';
import { skipUnless } from '../support/skip.js';

const deployment = (name: string) => `<deployment xmlns="urn:attitune:deployment:1" name="${name}">
  <hosts family="machines" hypervisor="none"><host name="here" uri="local:"/></hosts>
  <component class="Worker" wrapper="program" hosts="machines"/>
  <event name="backup" of="Worker"/>
  <event name="said" of="Worker"/>
  <probe name="queue" measure="push" of="Worker" every="200 ms"><detector type="threshold" above="5" raise="backlog"/></probe>
  <diagram src="library:start" role="start"/>
  <diagram src="library:stop" role="stop"/>
  <diagram src="say.scxml" on="operator.say backlog"/>
</deployment>`;

/** A program that ends at once, and tells an event by its pipe when it is asked to. */
const WRAPPER = `<wrapper xmlns="urn:attitune:wrapper:1" name="program" description="of a test">
  <method name="start" key="command" method="run" idempotent="true"><param value="true"/></method>
  <method name="say" key="command" method="run" idempotent="true">
    <param value="sh"/><param value="-c"/><param value="echo 'said;;so' > &quot;$$1&quot;"/><param value="sh"/>
    <param value="$tubeAddr"/>
  </method>
  <method name="stop" key="command" method="run" idempotent="true"><param value="true"/></method>
</wrapper>`;

const SAY = `<scxml xmlns="http://www.w3.org/2005/07/scxml" version="1.0" name="say" datamodel="ecmascript" initial="on">
  <state id="on"><invoke id="i" type="attitune" src="this.say"/><transition event="done.invoke.i" target="end"/></state>
  <final id="end"/>
</scxml>`;

describe('attitune emit', function () {
  this.timeout(60_000);
  let fleet: ManagerFleet;
  let first: RunningCommand;
  let bus = '';
  const emit = (...args: readonly string[]) => fleet.run(['emit', ...args, '--state', fleet.path('state')]);

  before(function () {
    skipUnless(this, { programs: { mkfifo: 'coreutils' } });
    fleet = new ManagerFleet({
      'one.deployment.xml': deployment('one'),
      'two.deployment.xml': deployment('two'),
      'program.wrapper.xml': WRAPPER,
      'say.scxml': SAY,
    });
  });
  after(() => (fleet as ManagerFleet | undefined)?.dispose('one.deployment.xml'));

  it('says that no manager runs', async () => {
    const { code, text } = await emit('operator.x', 'Worker_1');
    expect(text).to.include('error no-answer: No manager runs with its state in');
    expect(code).to.equal(1);
  });

  it('reaches the manager of this machine, which hears the pipe of its component', async () => {
    first = fleet.start([
      'manager',
      'one.deployment.xml',
      '--state',
      fleet.path('state'),
      '--listen',
      '127.0.0.1:0',
      '--intake',
      '127.0.0.1:0',
    ]);
    await first.said(/Running\./);
    bus = /on the bus at (\S+);/.exec(first.talk.text)?.[1] ?? '';
    expect(statSync(fleet.path('state/one.sock')).mode & 0o777).to.equal(0o600);
    const { code, text } = await emit('operator.say', 'Worker_1', 'please');
    expect(text).to.match(/^event \d+: operator\.say of Worker_1 \(please\)\n$/);
    expect(code).to.equal(0);
    await first.said(/operator\.say \(please\): told from outside, by \S+, by attitune emit/);
    await first.said(/said \(so\): told from outside, by the event pipe of Worker_1/);
  });

  it('reaches a manager by its bus', async () => {
    const { code, text } = await fleet.run(['emit', 'backup', 'Worker_1', '--bus', bus, '--json']);
    expect(JSON.parse(text)).to.have.property('id').that.is.a('number');
    expect(code).to.equal(0);
    await first.said(/backup: told from outside, by \S+, by attitune emit, from client-\d+/);
    const wrong = await fleet.run(['emit', 'backup', 'Worker_1', '--bus', bus, '--deployment', 'tow']);
    expect(wrong.text).to.include('No manager of tow on this bus answers.');
  });

  it('is refused with the reason, and raises nothing', async () => {
    const WRONG: readonly (readonly [readonly string[], number, string])[] = [
      [['bakcup', 'Worker_1'], 2, 'Did you mean "backup"?'],
      [['backup', 'Worker_9'], 1, 'Did you mean "Worker_1"?'],
      [['backup', 'here'], 2, 'is about Worker, and here is none'],
      [['vm.failed', 'here'], 2, 'what the manager finds out by itself'],
      [['operator.x', 'Worker_1', 'x'.repeat(5000)], 2, 'longer than 4096'],
      [['backup', 'Worker_1', '--deployment', 'oen'], 1, 'Did you mean "one"?'],
      [['backup', 'Worker_1', '--bus', bus, '--deployment', 'none'], 1, 'No manager of none'],
    ];
    for (const [args, code, message] of WRONG) {
      const told = await emit(...args);
      expect(told.text, args.join(' ')).to.include(message);
      expect(told.code, args.join(' ')).to.equal(code);
    }
    const byBus = await fleet.run(['emit', 'bakcup', 'Worker_1', '--bus', bus]);
    expect(byBus.text).to.include('Did you mean "backup"?');
    expect(byBus.code).to.equal(2);
  });

  it('asks which manager is meant where several run, also of simulated systems with their pipes', async () => {
    const environment = ['env', `ATTITUNE_STATE=${fleet.path('state')}`];
    const second = fleet.start(['run', 'two.deployment.xml', '--simulate', '--intake', '127.0.0.1:0'], environment);
    await second.said(/Running\./);
    expect((await emit('backup', 'Worker_1')).text).to.include('Several managers run here: one, two.');
    expect((await emit('operator.say', 'Worker_1', '--deployment', 'two')).code).to.equal(0);
    await second.said(/said \(so\): told from outside, by the event pipe of Worker_1/);
    const at = /Intake: (\S+) takes/.exec(second.talk.text)?.[1] ?? '';
    const pushed = await fetch(`${at}/metrics/Worker_1/queue`, { method: 'POST', body: '9' });
    expect(await pushed.json()).to.deep.equal({ taken: 1, older: 0 });
    await second.said(/backlog: Queue above 5, last 9/);
    expect(await second.end('SIGINT')).to.equal(0);
  });

  it('ends with the manager', async () => {
    expect(await first.end('SIGINT')).to.equal(0);
    expect(first.talk.text).to.not.include('trouble');
    expect((await emit('backup', 'Worker_1')).code).to.equal(1);
  });

  it('takes nothing from others without a token', async () => {
    const told = await fleet.run(
      ['run', 'one.deployment.xml', '--simulate', '--intake', '0.0.0.0:0'],
      ['env', `ATTITUNE_STATE=${fleet.path('state')}`],
    );
    expect(told.text).to.include('error not-permitted: Others reach 0.0.0.0:0, so requests there need a token');
    expect(told.code).to.equal(2);
    const wrong = await fleet.run(['run', 'one.deployment.xml', '--simulate', '--intake', 'nowhere']);
    expect(wrong.text).to.include('HOST:PORT');
    expect(wrong.code).to.equal(2);
  });
});
