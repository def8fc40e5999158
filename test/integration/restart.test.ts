import { existsSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import type { JournalEntry } from '../../core/model/administration.js';
import { SeededRandom } from '../../core/model/random.js';
import { LocalWorks, WAIT_MS } from '../support/local-works.js';
import { skipBecause } from '../support/skip.js';

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

  for (const seed of [1, 2, 3, 4]) {
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
    writeFileSync(world.file, text);
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

  it('refuses a virtual machine, for there is no hypervisor', async () => {
    const world = works as LocalWorks;
    writeFileSync(
      world.file,
      `<deployment xmlns="urn:attitune:deployment:1" name="works">
        <hosts family="servers" hypervisor="none"><host name="here" uri="local:"/></hosts>
        <component class="Works" wrapper="virtual-machine" hosts="servers"><attribute name="image" value="tomcat"/></component>
        <diagram src="start.scxml" role="start"/>
      </deployment>`,
    );
    writeFileSync(
      join(world.folder, 'start.scxml'),
      `<scxml xmlns="http://www.w3.org/2005/07/scxml" version="1.0" initial="s">
        <state id="s"><invoke id="a" type="attitune" src="Works.start"/><transition event="done.invoke.a" target="e"/></state>
        <final id="e"/>
      </scxml>`,
    );
    const { ended, talk } = world.run();
    expect(await ended).to.be.oneOf([1, 2]);
    expect(talk.text).to.match(/error hypervisor: .*hypervisor="none"/);
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
