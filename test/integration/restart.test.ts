import { existsSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { expect } from 'chai';
import type { JournalEntry } from '../../core/model/administration.js';
import { SeededRandom } from '../../core/model/random.js';
import { LocalWorks, WAIT_MS } from '../support/local-works.js';
import { skipBecause, skipUnless } from '../support/skip.js';
import { freePort } from '../support/ports.js';

/** How late a busy machine may be. */
const SLACK_MS = 5000;

describe('a deployment on this machine, whose manager is killed', function () {
  this.timeout(120_000);
  let works: LocalWorks | undefined;

  before(function () {
    if (!existsSync('/proc/self/environ')) skipBecause(this, 'there is no /proc here', 'npm test, on Linux');
  });
  beforeEach(() => {
    works = new LocalWorks();
  });
  afterEach(async () => {
    await works?.dispose();
  });

  for (const seed of [1, 2, 3]) {
    it(`goes on where it was, killed at random moments (seed ${seed})`, async () => {
      const world = works as LocalWorks;
      const random = new SeededRandom(seed);
      for (let kills = 0; kills < 3; kills += 1) {
        const { kill, said } = world.run();
        await said(/deploying works|taking up works/);
        await pause(random.next() * 1600);
        await kill();
        expect(world.processes().length, 'programs').to.be.at.most(1);
      }
      const last = world.run();
      await last.said(/Running\./);
      await last.kill();

      const { sessions, system } = world.look((store) => ({ sessions: store.sessions(), system: store.system() }));
      expect(sessions).to.deep.equal([]);
      expect(system?.phase).to.equal('running');
      const states = system?.system.components.map(({ name, state }) => `${name} ${state}`);
      expect(states).to.deep.equal(['here started', 'Works_1 started']);
      expect(world.processes()).to.have.length(1);
      checkJournal(world.journal(), world);

      const end = world.run();
      await end.said(/Running\./);
      expect(await end.kill('SIGINT')).to.equal(0);
      expect(world.processes()).to.deep.equal([]);
      expect(world.look((store) => store.system())).to.equal(undefined);
    });
  }

  it('is refused while its deployment says something else, until it is forgotten', async () => {
    const world = works as LocalWorks;
    const first = world.run();
    await first.said(/step\s+start\s+waiting/);
    await first.kill();
    const text = `<deployment xmlns="urn:attitune:deployment:1" name="works">
      <hosts family="servers" hypervisor="none"><host name="other" uri="local:"/></hosts>
    </deployment>`;
    world.write('works.deployment.xml', text);
    const second = world.run();
    expect(await second.ended).to.equal(1);
    expect(second.talk.text).to.match(/error store: .*says something else than when works was deployed/);
    expect(world.processes()).to.have.length(1);
    const third = world.run('--fresh');
    await third.said(/Running\./);
    expect(third.talk.text).to.match(/What was stored of works is in .*state\/works\.db\.2\d{3}-.* now/);
    expect(await third.kill('SIGINT')).to.equal(0);
    expect(world.processes()).to.have.length(1);
  });

  it('is of one manager at a time', async () => {
    const world = works as LocalWorks;
    const first = world.run();
    await first.said(/step\s+start\s+waiting/);
    const second = world.run();
    expect(await second.ended).to.equal(1);
    expect(second.talk.text).to.match(/error store: .*works\.db is in use by process \d+ since/);
    expect(await first.kill('SIGINT')).to.equal(0);
    expect(world.processes()).to.deep.equal([]);
  });

  it('keeps Apache serving while no manager runs, and repairs it if it ended meanwhile', async function () {
    skipUnless(this, { programs: { apache2: 'apache2' } });
    const port = await freePort();
    await works?.dispose();
    const world = (works = new LocalWorks({
      'works.deployment.xml': `<deployment xmlns="urn:attitune:deployment:1" name="works">
        <hosts family="servers" hypervisor="none"><host name="here" uri="local:"/></hosts>
        <component class="Apache" wrapper="apache" hosts="servers">
          <attribute name="port" value="${port}"/><attribute name="folder" value="FOLDER"/>
        </component>
        <component class="Tomcat" wrapper="tomcat" hosts="servers" initial="0"/>
        <association name="workers" from="Apache" fromCardinality="0..*" to="Tomcat" toCardinality="0..*"/>
        <diagram src="library:start" role="start"/>
        <diagram src="library:stop" role="stop"/>
        <diagram src="library:repair" on="process.failed"/>
      </deployment>`,
    }));
    const status = async () => (await fetch(`http://127.0.0.1:${port}/attitune/ready`)).status;
    const pid = () =>
      world.look(
        (store) => store.system()?.system.components.find(({ name }) => name === 'Apache_1')?.attributes['pid'],
      );
    const first = world.run();
    await first.said(/Running\./);
    await first.kill();
    expect(await status()).to.equal(204);
    const former = Number(pid());
    for (const process_ of world.processes()) process.kill(process_, 'SIGKILL');
    const second = world.run();
    await second.said(/process\.failed: its process ended while nobody could look/);
    await second.said(/step\s+repair\s+repaired/);
    expect(await status()).to.equal(204);
    await second.kill();
    expect(Number(pid())).to.be.above(1).and.not.equal(former);
    const last = world.run();
    await last.said(/Running\./);
    expect(last.talk.text).not.to.match(/process\.failed/);
    expect(await last.kill('SIGINT')).to.equal(0);
    expect(world.processes()).to.deep.equal([]);
  });
});

/** What must hold whenever the managers died. */
function checkJournal(journal: readonly JournalEntry[], world: LocalWorks): void {
  const ids = journal.map(({ id }) => id);
  expect(ids).to.deep.equal([...new Set(ids)].sort((a, b) => a - b));
  expect(journal.filter(({ text }) => text === 'diagram start begins')).to.have.length(1);
  const codes = journal.filter(({ kind }) => kind === 'trouble').map(({ data }) => data?.['code']);
  const ends = journal.filter(({ text }) => text.startsWith('diagram start ends in')).map(({ text }) => text);
  expect(world.begins('pour.log'), 'pours').to.be.at.most(1);
  expect(world.begins('mix.log'), 'mixes').to.be.at.least(1);
  if (codes.length > 0) {
    expect(codes).to.deep.equal(['operation-cut-off']);
    expect(ends).to.deep.equal(['diagram start ends in reported']);
  } else {
    expect(world.begins('pour.log')).to.equal(1);
    expect(ends).to.deep.equal(['diagram start ends in poured']);
  }
  const step = (state: string) => journal.findIndex(({ kind, text }) => kind === 'step' && text === state);
  const [waiting, mixing] = [step('waiting'), step('mixing')];
  const due = (journal[waiting]?.at ?? 0) + WAIT_MS;
  const taken = journal.slice(waiting, mixing).findLast(({ text }) => text === 'diagram start goes on')?.at ?? 0;
  expect(journal[mixing]?.at).to.be.within(due - 5, Math.max(due, taken) + SLACK_MS);
}
